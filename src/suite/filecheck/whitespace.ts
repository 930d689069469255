// Blanks as FileCheck sees them: a run of spaces and tabs is one space, unless they count.

export interface Collapsed {
  readonly text: string;
  /** Of each character, where it was. */
  readonly offsets: readonly number[];
  /** Where the end was. */
  readonly endOffset: number;
}

/** Collapses the blanks of a line and keeps where each character was. */
export function collapseBlanks(text: string, isStrict: boolean): Collapsed {
  const offsets: number[] = [];
  let collapsed = "";
  for (let index = 0; index < text.length; index++) {
    const isBlank = !isStrict && isHorizontal(text[index]);
    if (isBlank && index > 0 && isHorizontal(text[index - 1])) continue;
    collapsed += isBlank ? " " : text[index];
    offsets.push(index);
  }
  return { text: collapsed, offsets, endOffset: text.length };
}

function isHorizontal(sign: string | undefined): boolean {
  return sign === " " || sign === "\t";
}

/** The text that is searched: line ends are `\n`, and blanks collapsed. */
export function searchedText(text: string, isStrict: boolean): string {
  const lines = text.replaceAll("\r\n", "\n");
  return isStrict ? lines : lines.replace(/[ \t]+/g, " ");
}
