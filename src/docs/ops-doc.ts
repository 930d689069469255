// Makes the text of OPS.md from THE OP TABLE.

import { type AttrKind, describeKind } from "../../ir-spec/base/attr.ts";
import type { AnyOpRow, OpKind } from "../../ir-spec/ops/define.ts";
import { type OpName, opDef, opNames } from "../../ir-spec/ops/index.ts";
import { printCall, printDefault } from "../../ir-spec/ops/print-call.ts";
import { generatedNote, markdownTable } from "./markdown.ts";
import { acceptedExamples, variedOperand } from "./op-dtypes.ts";

const kindHeadings: Readonly<Record<OpKind, readonly [heading: string, meaning: string]>> = {
  elementwise: ["Elementwise", "Each element of the result depends on one element of each operand."],
  reduce: ["Reductions", "Some axes are folded with one associative operation."],
  contract: ["Contractions", "Products are summed over a shared dimension."],
  movement: ["Movement", "The elements of the result are elements of the operands, at other places."],
  source: ["Sources", "Tensors out of nothing but attributes."],
  composite: ["Composites", "Ops with an expansion into simpler ones."],
};

/** The text of OPS.md. */
export function opsMarkdown(): string {
  const kinds = Object.entries(kindHeadings) as readonly [OpKind, readonly [string, string]][];
  const parts = kinds.flatMap(([kind, [heading, meaning]]) => {
    const names = opNames.filter((name) => opDef(name).kind === kind);
    const list = names.map((name) => [`[\`${name}\`](#${name})`, opDef(name).summary]);
    return [`## ${heading}`, meaning, markdownTable(["op", "summary"], list), ...names.map(opSection)];
  });
  const introduction = [
    "Every op of the language and of the graph. Names and meanings are those of ONNX or StableHLO, in lower snake case.",
    "Elements are computed exactly and rounded once to the dtype of the result. Dtypes are never mixed or converted silently.",
  ].join("\n");
  return `${["# Ops", generatedNote("the op table in `ir-spec/ops`"), introduction, ...parts].join("\n\n")}\n`;
}

function opSection(name: OpName): string {
  const row = opDef(name);
  return [
    `### ${name}`,
    `\`${printCall(name, row)}\`: ${row.summary}.`,
    row.detail,
    `Dtypes of ${variedOperand(name).what}: ${acceptedExamples(name)
      .map(({ dtype }) => dtype)
      .join(", ")}.`,
    ...printAttrTable(row),
    `Source: ${row.source}.`,
    `\`\`\`\n${row.example}\n\`\`\``,
  ].join("\n\n");
}

function printAttrTable(row: AnyOpRow): readonly string[] {
  const kinds = Object.entries(row.attrs as Readonly<Record<string, AttrKind>>);
  if (kinds.length === 0) return [];
  const lines = kinds.map(([attr, kind]) => {
    const fallback = kind.optional
      ? "absent"
      : kind.default === undefined
        ? "must be given"
        : `\`${printDefault(kind)}\``;
    return [`\`${attr}\``, describeKind(kind), fallback, kind.summary];
  });
  return [markdownTable(["attribute", "kind", "default", "meaning"], lines)];
}
