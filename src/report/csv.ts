// Tables as comma-separated values.

type Cell = string | number | undefined;

/** A cell with a comma, a quote or a line break is quoted. Source: RFC 4180, but for line ends, which are those of all other texts. */
export function printCsv(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [headings, ...rows].map(printCsvRow).join("");
}

export function printCsvRow(row: readonly Cell[]): string {
  return `${row.map(cellText).join(",")}\n`;
}

function cellText(cell: Cell): string {
  const text = String(cell ?? "");
  // A name from a file that begins like a formula would be one to a spreadsheet.
  const safe = typeof cell === "string" && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
