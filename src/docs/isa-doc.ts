// Makes the text of ISA.md from THE INSTRUCTION TABLE.

import { type AttrKind, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { dtypeNames } from "../../ir-spec/base/dtype.ts";
import type { Field, InstRow, UnitName } from "../../targets/neuron/isa/define.ts";
import { type InstName, instDef, instNames } from "../../targets/neuron/isa/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";
import { recordDiagram } from "./record-layout.ts";

const unitNames: Readonly<Record<UnitName, string>> = {
  pe: "systolic array",
  act: "scalar engine",
  dve: "vector engine",
  pool: "general engine",
  sp: "synchronisation queue",
  dma: "DMA queues",
};

const introduction = [
  "The instructions of the machine. Each queue runs its own program in order; queues meet only through semaphores.",
  "An operand is a tile of `p` partitions by `f` elements: `sbuf[address; partitions; size:stride, ...] dtype`, with addresses in bytes",
  "within a partition and strides in elements. In HBM it is `hbm tensor[address; rows:stride; size:stride, ...] dtype`.",
  "Operands on chip start at partitions that are multiples of `partitionStartMultiple`, or of a power of two times it where they have more",
  "partitions than that; have at most `accessDims` free dimensions; and lie at multiples of their element's size. Engines compute in f32, whatever the",
  "operands' dtypes. Costs are in cycles of the unit's own clock, as formulas of machine fields; MACHINE.md has the numbers.",
].join("\n");

/** The text of ISA.md. */
export function isaMarkdown(): string {
  const list = instNames.map((name) => {
    const { units, summary } = instDef(name);
    return [`[\`${name}\`](#${name})`, units.join(", "), summary];
  });
  const units = Object.entries(unitNames).map(([unit, name]) => [`\`${unit}\``, name]);
  const parts = [
    "# Instructions",
    generatedNote("the instruction table in `targets/neuron/isa`"),
    introduction,
    markdownTable(["unit", "what it is"], units),
    markdownTable(["instruction", "units", "summary"], list),
    ...instNames.map(instSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

function instSection(name: InstName): string {
  const row = instDef(name);
  return [
    `## ${name}`,
    `${row.summary}.`,
    `    ${printSyntax(name, row)}`,
    markdownTable(["field", "role", "what it takes", "meaning"], Object.entries(row.fields).map(fieldCells)),
    row.detail,
    `- Opcode: ${row.opcode}`,
    `- Units: ${row.units.map((unit) => `${unit} (${unitNames[unit]})`).join(", ")}`,
    `- Cost: ${row.cost}.`,
    `- Source: ${row.source}.`,
    "Example:",
    `    ${row.example}`,
    recordDiagram(name),
  ]
    .join("\n\n")
    .replaceAll("\n\n- ", "\n- ")
    .replace("\n- Opcode", "\n\n- Opcode");
}

/** `matmul dst=..., moving=..., accumulate=...`; what may be left out stands in brackets. */
function printSyntax(name: InstName, { fields }: InstRow): string {
  const parts = Object.entries(fields).map(([field, kind]) => (isOptional(kind) ? `[${field}=...]` : `${field}=...`));
  return `${name} ${parts.join(", ")}`;
}

const isOptional = (field: Field): boolean =>
  (field.kind === "operand" && field.optional === true) || (field.kind === "value" && field.attr.optional === true);

function fieldCells([name, field]: readonly [string, Field]): readonly string[] {
  const label = `\`${name}\`${isOptional(field) ? " (optional)" : ""}`;
  switch (field.kind) {
    case "operand":
      return [label, field.role, `${field.memories.join(" or ")}; ${describeDtypes(field.dtypes)}`, field.summary];
    case "value":
      return [label, "immediate", describeValue(field.attr), field.attr.summary];
    case "flag":
      return [label, "immediate", "`true`, `false` or `notFirst(loops)`", field.summary];
    case "sem":
      return [label, "semaphore", "`s0`, `s1`, ...", field.summary];
    case "affine":
      return [label, "immediate", "a whole number, affine in the loop indices", field.summary];
    default:
      return field satisfies never;
  }
}

const describeDtypes = (dtypes: readonly Dtype[]): string =>
  dtypes.length === dtypeNames.length ? "any dtype" : dtypes.join(", ");

function describeValue(attr: AttrKind): string {
  const text = describeKind(attr);
  return attr.default === undefined ? text : `${text}; default ${printAttrValue(attr, attr.default)}`;
}
