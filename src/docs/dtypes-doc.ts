// Makes the text of DTYPES.md from THE DTYPE TABLE.

import { type Dtype, type DtypeRow, dtypes } from "../../ir-spec/base/dtype.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

/** The text of DTYPES.md. */
export function dtypesMarkdown(): string {
  const rows = (Object.entries(dtypes) as readonly [Dtype, DtypeRow][]).map(([name, row]) => [
    `\`${name}\``,
    row.kind,
    String(row.bytes),
    row.kind === "float" ? String(row.mantissaBits) : "",
    row.kind === "float" ? `2^${row.minExponent}` : "",
    String(row.maxFinite),
    row.source,
  ]);
  const headings = ["dtype", "kind", "size (B)", "fraction bits", "smallest normal", "largest finite", "source"];
  const rounding =
    "Floats round to the nearest value, ties to even, and overflow to infinity. Integers drop the fraction and wrap. A bool is 0 or 1.";
  return `${["# Dtypes", generatedNote("the dtype table in `ir-spec/base/dtype.ts`"), rounding, markdownTable(headings, rows)].join("\n\n")}\n`;
}
