// Takes the section about one thing out of a markdown text.

const heading = /^(#{1,6}) +(.*)$/;

export interface Section {
  /** As in the heading, without backquotes. */
  readonly name: string;
  /** From the heading up to the next one of the same or a higher level. */
  readonly text: string;
}

/** The sections under headings of the second level and deeper, the inner ones also by themselves. */
export function sectionsOf(markdown: string): readonly Section[] {
  const lines = markdown.trimEnd().split("\n");
  const levels = headingLevels(lines);
  return lines.flatMap((line, index) => {
    const level = levels[index] as number;
    if (level < 2) return [];
    const length = levels.slice(index + 1).findIndex((next) => next > 0 && next <= level);
    const end = length < 0 ? lines.length : index + 1 + length;
    const name = (heading.exec(line)?.[2] ?? "").replaceAll("`", "");
    return [{ name, text: `${lines.slice(index, end).join("\n").trimEnd()}\n` }];
  });
}

/** For each line the level of the heading that it is, 0 for other lines and inside of code. */
function headingLevels(lines: readonly string[]): readonly number[] {
  let isCode = false;
  return lines.map((line) => {
    if (line.startsWith("```")) isCode = !isCode;
    return isCode ? 0 : (heading.exec(line)?.[1]?.length ?? 0);
  });
}
