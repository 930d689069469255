// Plain text tables: columns as wide as their widest cell, numbers to the right.

import { showName } from "../../ir-spec/base/shown-text.ts";

export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** A table with a line of headings; the text ends with a line break. Cells may be names from files. */
export function textTable(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(showName));
  const widths = columns.map(({ heading }, index) =>
    rows.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), heading.length),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? "";
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
