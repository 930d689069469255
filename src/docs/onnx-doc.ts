// Makes the text of ONNX.md from THE TABLE OF ONNX OPS and the table of element types.

import { type Element, elements } from "../import/onnx/elements.ts";
import type { OnnxOp } from "../import/onnx/ops/define.ts";
import { type OnnxOpName, onnxOpNames, onnxOps } from "../import/onnx/ops/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const ways: { readonly [W in OnnxOp["way"]]: string } = {
  op: "an op of the language",
  composite: "a composite",
  rewrite: "several ops",
  import: "computed when importing",
};

/** The text of ONNX.md. */
export function onnxMarkdown(): string {
  const rows = [...onnxOpNames].sort((a, b) => a.localeCompare(b, "en")).map(opLine);
  const types = Object.entries(elements).map(([name, row]) => typeLine(name, row));
  return `${[
    "# ONNX",
    generatedNote("the tables in `src/import/onnx`"),
    `What \`tgc import\` makes of each op of ONNX: of ${rows.length} there is a row. Versions from opset 13 on are listed with what they brought; older ones are
imported where they mean the same. IMPORT.md says how to import a model, CONFORMANCE.md which cases of the ONNX backend tests pass.`,
    "## Ops",
    markdownTable(["op", "becomes", "namely", "versions", "limits"], rows),
    "## Element types",
    "Integers of 64 bits, and of 16 and 32 bits without sign, are held in i32 where their values fit, which is checked for constants and test data.",
    markdownTable(["element type", "bits", "dtype", "remark"], types),
  ].join("\n\n")}\n`;
}

function opLine(name: OnnxOpName): readonly string[] {
  const { way, as, versions = {}, limits = "" }: OnnxOp = onnxOps[name];
  const changes = Object.entries(versions).map(([version, what]) => `${version}: ${what}`);
  return [`\`${name}\``, ways[way], as, changes.join("; "), limits];
}

function typeLine(name: string, { bits, dtype, reason, format }: Element): readonly string[] {
  const remark = format === undefined ? (reason ?? "") : "its values are held in f32, rounded as the format says";
  return [name, String(bits), dtype === undefined ? "none" : `\`${dtype}\``, remark];
}
