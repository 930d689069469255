// Makes the text of ISA.md from THE INSTRUCTION TABLE.

import { type AttrKind, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { dtypeNames } from "../../ir-spec/base/dtype.ts";
import { unitMemories } from "../../targets/neuron/isa/check.ts";
import type { Field, InstRow, OperandField, UnitName } from "../../targets/neuron/isa/define.ts";
import { type InstName, instDef, instNames } from "../../targets/neuron/isa/index.ts";
import {
  arithmeticNames,
  binaryArithmeticNames,
  binaryNames,
  foldNames,
  operatorNames,
  operatorRow,
} from "../../targets/neuron/isa/operators.ts";
import { machineByName, machineNames } from "../../targets/neuron/machines/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";
import { recordDiagram } from "./record-layout.ts";
import { streamRules } from "./stream-doc.ts";

const unitNames: Readonly<Record<UnitName, string>> = {
  pe: "systolic array",
  act: "scalar engine",
  dve: "vector engine",
  pool: "general engine",
  sp: "synchronisation queue",
  dma: "DMA queues",
};

const unitClocks: Readonly<Record<UnitName, string>> = {
  pe: "`peClockHz`",
  act: "`actClockHz`",
  dve: "`dveClockHz`",
  pool: "`poolClockHz`",
  sp: "none: tokens only",
  dma: "none: see the DMA model",
};

const introduction = [
  "The instructions of the machine. Each queue runs its own program in order; queues meet only through semaphores. A section has the instruction's",
  "fields in the order of text and image, its meaning in formulas, who runs it, what it reads and writes, its cost as a formula of machine fields",
  "(MACHINE.md has the numbers; cycles of its unit, and a result is never there before the issue is over), the public source that it follows, an",
  "example, and its record in a binary image. What is not published says `Assumed`.",
].join("\n");

const operandRules = [
  "An operand is a tile of `p` partitions by `f` elements: `sbuf[address; partitions@start; size:stride, ...] dtype`, with addresses in bytes",
  "within a partition and strides in elements; a stride of 0 repeats an element. In HBM it is `hbm tensor[address; rows:stride; size:stride, ...] dtype`.",
  "The letters in the fields' shapes stand for one number each within an instruction; a column [p, 1] has one element for each partition.",
  "",
  "- On chip an operand has the same pattern in each of its partitions, and at most `accessDims` free dimensions.",
  "- It starts at a partition that is a multiple of `partitionStartMultiple`, or of a power of two times it where it has more partitions than that. DMA starts anywhere.",
  "- It lies at a multiple of its element's size, and within its memory. The result of the systolic array lies in one PSUM bank, or in as many as `peResultBanks` says.",
  "- Roles: `read` and `write` say what they say; all of a written operand is written. `update` overwrites, or adds to what is there when the flag `accumulate`",
  "  is set. `modify` reads and writes the same place: state, or a tile of which elements stay as they are; so it must have been written before.",
  "- An instruction reads all its operands before it writes any, so a result may take an operand's place.",
].join("\n");

const numberRules = [
  "Engines compute in f32, whatever the operands' dtypes, and round each step; a result is rounded to the dtype of its operand, ties to even. Where the dtypes",
  "are the same, copies are bit for bit. Integers drop the fraction and wrap (assumed: the documentation does not say). On the general engine",
  "arithmetic on i32 alone is exact. `f8e4m3` is the format with infinities whose largest value is 240, not OCP's e4m3fn. DTYPES.md has the formats.",
].join("\n");

const operatorRules = [
  "An arithmetic operator computes in f32, or exactly, as said above. A bitvec operator takes elements as they lie in memory: dst and all that it reads are",
  "of one dtype, i32, i8 or u8, nothing is converted, and a number in the instruction gives its lower bits. An instruction with two operators takes both of",
  "one class. The documentation has no arithmetic shift to the right. Assumed: the number of places is taken without a sign, and what is shifted by the",
  "width of the element or more is 0. Folds of a row take the operators of the last column.",
].join("\n");

/** What lists of choices are called that are in the table of operators. */
const operatorLists: readonly (readonly [readonly string[], string])[] = [
  [operatorNames, "an operator"],
  [binaryNames, "an operator with two operands"],
  [arithmeticNames, "an arithmetic operator"],
  [binaryArithmeticNames, "an arithmetic operator with two operands"],
  [foldNames, "an operator that folds"],
];

const orderRules = [
  "An engine waits for its own pipeline by `drain`. A DMA queue does by `release` and then `acquire` of a semaphore whose producer and consumer are the queue",
  "itself, since a token appears when everything before it is complete. There is no instruction for several queues: a barrier of some queues is a token from",
  "each of them to each other one, all released before any is acquired.",
].join("\n");

/** The text of ISA.md. */
export function isaMarkdown(): string {
  const list = instNames.map((name) => {
    const { units, summary } = instDef(name);
    return [`[\`${name}\`](#${name})`, units.join(", "), summary];
  });
  const units = (Object.entries(unitNames) as readonly [UnitName, string][]).map(([unit, name]) => [
    `\`${unit}\``,
    name,
    unitMemories[unit].join(", ") || "none",
    unitClocks[unit],
  ]);
  const parts = [
    "# Instructions",
    generatedNote("the instruction table in `targets/neuron/isa`"),
    introduction,
    markdownTable(["unit", "what it is", "memories", "clock"], units),
    markdownTable(["instruction", "units", "summary"], list),
    "## Streams",
    streamRules,
    "## Operands",
    operandRules,
    "## Arithmetic",
    numberRules,
    "## Operators",
    operatorRules,
    operatorTable(),
    "## Order",
    orderRules,
    ...instNames.map(instSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

function operatorTable(): string {
  const folds: readonly string[] = foldNames;
  const cells = operatorNames.map((name) => {
    const { class: group, operands, units, needs, summary } = operatorRow(name);
    const meaning = needs === undefined ? summary : `${summary}; where \`${needs}\` is not 0`;
    return [`\`${name}\``, group, String(operands), units.join(", "), meaning, folds.includes(name) ? "folds" : ""];
  });
  return markdownTable(["operator", "class", "operands", "units", "meaning", "fold"], cells);
}

function instSection(name: InstName): string {
  const row = instDef(name);
  const facts = [
    `- Opcode: ${row.opcode}`,
    `- Units: ${row.units.map((unit) => `${unit} (${unitNames[unit]})`).join(", ")}`,
    ...accessFacts(row),
    ...machineFacts(row),
    `- Cost: ${row.cost}.`,
    `- Source: ${row.source}.`,
  ];
  return [
    `## ${name}`,
    `${row.summary}.`,
    `    ${printSyntax(name, row)}`,
    ...fieldTable(row),
    row.detail,
    facts.join("\n"),
    "Example:",
    `    ${row.example}`,
    recordDiagram(name),
  ].join("\n\n");
}

/** What it reads and writes, the systolic array's stationary operand and the registers of the engines' lanes included. */
function accessFacts({ fields, weights, generators, accumulator, keeps }: InstRow): readonly string[] {
  const operands = Object.entries(fields).flatMap(([name, field]) =>
    field.kind === "operand" ? [{ name, field }] : [],
  );
  const named = (roles: readonly string[]) =>
    operands.filter(({ field }) => roles.includes(field.role)).map(({ name }) => `\`${name}\``);
  const mayKeep = (name: string, { role, indexedBy }: OperandField): boolean =>
    role === "write" && (indexedBy !== undefined || (name === "dst" && keeps !== undefined));
  const keeping = operands.filter(({ name, field }) => mayKeep(name, field)).map(({ name }) => `\`${name}\``);
  const own = `the engine's random generators${"state" in fields ? ", where `state` is left out" : ""}`;
  const hasCommand = "reduce_cmd" in fields;
  const goesOn = hasCommand ? ", with `reduce_cmd=reduce`" : "";
  const reads = [
    ...named(["read", "modify"]),
    ...keeping.map((name) => `${name} where some of it stays as it is`),
    ...(weights === "use" ? ["the stationary operand"] : []),
    ...(generators === "get" || generators === "use" ? [own] : []),
    ...(accumulator === undefined ? [] : [`the engine's accumulators${goesOn}`]),
  ];
  const stationaryWords = {
    load: ["the stationary operand"],
    use: [],
    destroy: ["the stationary operand, which is lost"],
  } as const;
  const writes = [
    ...named(["write", "update", "modify"]),
    ...(weights === undefined ? [] : stationaryWords[weights]),
    ...(generators === "set" || generators === "use" ? [own] : []),
    ...(accumulator === undefined || !hasCommand ? [] : ["the engine's accumulators, where it folds"]),
  ];
  const say = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`- ${what}: ${names.join(", ")}`];
  return [...say("Reads", reads), ...say("Writes", writes)];
}

/** Which of the shipped machines have it, where some do not. */
function machineFacts({ needs }: InstRow): readonly string[] {
  if (needs === undefined) return [];
  const having = machineNames.filter((name) => machineByName(name)?.[needs] !== 0);
  return [`- Machines: those whose \`${needs}\` is not 0: ${having.join(", ")}`];
}

function fieldTable({ fields }: InstRow): readonly string[] {
  const cells = Object.entries(fields).map(fieldCells);
  return cells.length === 0 ? [] : [markdownTable(["field", "role", "what it takes", "meaning"], cells)];
}

/** `matmul dst=..., moving=..., accumulate=...`; what may be left out is in brackets. */
function printSyntax(name: InstName, { fields }: InstRow): string {
  const parts = Object.entries(fields).map(([field, kind]) => (isOptional(kind) ? `[${field}=...]` : `${field}=...`));
  return parts.length === 0 ? name : `${name} ${parts.join(", ")}`;
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
      return [label, "immediate", "an integer, affine in the loop indices", field.summary];
    default:
      return field satisfies never;
  }
}

const describeDtypes = (dtypes: readonly Dtype[]): string =>
  dtypes.length === dtypeNames.length ? "any dtype" : dtypes.join(", ");

function describeValue(attr: AttrKind): string {
  const text = describeChoices(attr) ?? describeKind(attr);
  return attr.default === undefined ? text : `${text}; default ${printAttrValue(attr, attr.default)}`;
}

/** Lists of operators are in their own table. */
function describeChoices(attr: AttrKind): string | undefined {
  if (attr.kind !== "choice") return undefined;
  const list = operatorLists.find(([names]) => names.join() === attr.choices.join());
  return list === undefined ? undefined : `[${list[1]}](#operators)`;
}
