// Takes what is said about one thing out of a markdown text: a section, or a row of a table.

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

/** A row of a table that begins with a name in backquotes. */
export interface TableRow {
  /** The heading above it; empty where there is none. */
  readonly section: string;
  readonly columns: readonly string[];
  /** The first one without its backquotes. */
  readonly cells: readonly string[];
}

export function tableRowsOf(markdown: string): readonly TableRow[] {
  const rows: TableRow[] = [];
  let section = "";
  let columns: readonly string[] = [];
  const lines = markdown.split("\n");
  for (const [index, line] of lines.entries()) {
    const title = heading.exec(line);
    if (title !== null) section = title[1] === "#" ? "" : (title[2] ?? "").replaceAll("`", "");
    const cells = /^\| (.*) \|$/.exec(line)?.[1]?.split(" | ");
    if (cells === undefined) continue;
    const name = /^`([\w.]+)`$/.exec(cells[0] ?? "")?.[1];
    if (lines[index + 1]?.startsWith("| ---") === true) columns = cells;
    else if (name !== undefined) rows.push({ section, columns, cells: [name, ...cells.slice(1)] });
  }
  return rows;
}
