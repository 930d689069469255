// Plain text tables: columns as wide as their widest cell, numbers to the right.

export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** A table with a line of headings; the text ends with a line break. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? "";
        return align === "left" ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0);
      })
      .join("  ")
      .trimEnd();
  return `${[columns.map(({ heading }) => heading), ...rows].map(line).join("\n")}\n`;
}

export function left(heading: string): Column {
  return { heading, align: "left" };
}

export function right(heading: string): Column {
  return { heading, align: "right" };
}
