// What differs between two normal forms: lines by kernel, as sections that begin with a line that is not indented.

export interface ChangedLine {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

export interface NormalChange {
  /** The section's first line, in the form that has it. */
  readonly section: string;
  readonly lines: readonly ChangedLine[];
}

/** Compares sections that have the same name; lines before the first one are a section too. */
export function findChanges(before: string, after: string): readonly NormalChange[] {
  const [a, b] = [sectionsOf(before), sectionsOf(after)];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  return names.flatMap((section): NormalChange[] => {
    const lines = changedLines(a.get(section) ?? [], b.get(section) ?? []);
    return lines.some(({ sign }) => sign !== " ") ? [{ section, lines: withContext(lines) }] : [];
  });
}

/** Equal lines that are kept around a changed one. */
const contextLines = 2;

/** Leaves out equal lines that are far from any change; `...` takes the place of those in between. */
function withContext(lines: readonly ChangedLine[]): readonly ChangedLine[] {
  const isNear = (at: number): boolean =>
    lines.slice(Math.max(0, at - contextLines), at + contextLines + 1).some(({ sign }) => sign !== " ");
  return lines.flatMap((line, at): ChangedLine[] => {
    if (isNear(at)) return [line];
    return at > 0 && isNear(at - 1) ? [{ sign: " ", text: "..." }] : [];
  });
}

/** A section is named after the first two words of its first line, as `kernel y`; the one before all others after the first. */
function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of text.split("\n")) {
    const isHead = current === undefined || /^(kernel|module) /.test(line.trimStart());
    const name = line
      .trim()
      .split(" ")
      .slice(0, current === undefined ? 1 : 2)
      .join(" ");
    if (isHead) current = sections.get(name) ?? [];
    if (isHead && current !== undefined) sections.set(name, current);
    if (line.trim() !== "") current?.push(line);
  }
  return sections;
}

/** Beyond so many pairs of lines only those at the beginning and end that are equal are left out. */
const maxPairs = 4_000_000;

/** Lines with the signs of a unified diff: a longest common subsequence stays. */
function changedLines(a: readonly string[], b: readonly string[]): readonly ChangedLine[] {
  let first = 0;
  while (first < a.length && first < b.length && a[first] === b[first]) first++;
  let last = 0;
  while (last < a.length - first && last < b.length - first && a.at(-1 - last) === b.at(-1 - last)) last++;
  const [oldLines, newLines] = [a.slice(first, a.length - last), b.slice(first, b.length - last)];
  const unchanged = (texts: readonly string[]): ChangedLine[] => texts.map((text) => ({ sign: " ", text }));
  const middle =
    oldLines.length * newLines.length > maxPairs ? replaced(oldLines, newLines) : commonLines(oldLines, newLines);
  return [...unchanged(a.slice(0, first)), ...middle, ...unchanged(a.slice(a.length - last))];
}

function replaced(a: readonly string[], b: readonly string[]): ChangedLine[] {
  return [
    ...a.map((text): ChangedLine => ({ sign: "-", text })),
    ...b.map((text): ChangedLine => ({ sign: "+", text })),
  ];
}

/** The longest common subsequence by dynamic programming. */
function commonLines(a: readonly string[], b: readonly string[]): ChangedLine[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] =
        a[i] === b[j] ? 1 + (lengths[at + width + 1] ?? 0) : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  const lines: ChangedLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i++] as string });
      j++;
    } else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) lines.push({ sign: "-", text: a[i++] as string });
    else lines.push({ sign: "+", text: b[j++] as string });
  }
  return [...lines, ...replaced(a.slice(i), b.slice(j))];
}
