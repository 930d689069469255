// Makes the text of ERRORS.md from THE ERROR-CODE TABLE.

import { type ErrorCode, errorRow, errors, severityOf } from "../../ir-spec/base/errors/index.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

/** What the first two digits of a code say. */
const families: Readonly<Record<string, string>> = {
  "01": "Characters, tokens and grammar",
  "02": "Names",
  "03": "Shapes, dtypes and attributes",
  "04": "The graph as a whole",
  "05": "Passes",
  "06": "Tiling and capacity",
  "07": "Instruction constraints",
  "08": "Allocation, synchronisation and schedule",
  "09": "Assembly and binary images",
  "10": "Simulation",
  "11": "Machine files",
  "12": "WGSL and WebGPU",
  "13": "Files, tensors and choices of the command line",
  "14": "Tests of programs",
  "15": "Models of other formats",
  "16": "Schedules that are searched for",
  "17": "The lab, pictures, and questions about programs",
  "90": "Internal errors",
};

/** The text of ERRORS.md. */
export function errorsMarkdown(): string {
  const codes = (Object.keys(errors) as ErrorCode[]).sort();
  const homeless = codes.filter((code) => families[code.slice(1, 3)] === undefined);
  invariant(homeless.length === 0, `${homeless.join(", ")} have no heading`);
  const parts = Object.entries(families)
    .sort(([a], [b]) => a.localeCompare(b, "en"))
    .flatMap(([digits, heading]) =>
      familyPart(
        heading,
        codes.filter((code) => code.slice(1, 3) === digits),
      ),
    );
  const introduction =
    "Every code that a diagnostic can have. `tgc explain` with a code shows the same text. Codes are never reused.";
  return `${["# Errors", generatedNote("the error table in `ir-spec/base/errors`"), introduction, ...parts].join("\n\n")}\n`;
}

function familyPart(heading: string, codes: readonly ErrorCode[]): readonly string[] {
  if (codes.length === 0) return [];
  const list = codes.map((code) => [`[${code}](#${code.toLowerCase()})`, errorRow(code).title]);
  return [`## ${heading}`, markdownTable(["code", "title"], list), ...codes.map(errorSection)];
}

function errorSection(code: ErrorCode): string {
  const row = errorRow(code);
  const title = severityOf(code) === "warning" ? `${row.title}** (a warning)` : `${row.title}**`;
  return [`### ${code}`, `**${title}: \`${row.message}\``, row.detail, `What to do: ${row.help}.`].join("\n\n");
}
