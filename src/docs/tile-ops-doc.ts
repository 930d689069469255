// Makes the text of TILE-OPS.md from THE TILE-OP TABLE.

import { type AttrKind, describeKind } from "../../ir-spec/base/attr.ts";
import { printFieldValue } from "../../ir-spec/base/names.ts";
import { activations, aluOps, bitOps } from "../../ir-spec/tile-ops/alu.ts";
import type { AnyTileOpRow, TileOperand } from "../../ir-spec/tile-ops/define.ts";
import { type TileOpName, tileOpDef, tileOpNames } from "../../ir-spec/tile-ops/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const introduction = `A tile program is what a graph is lowered to: kernels, each a loop nest over buffers in named memories. \`tgc lower\` prints it,
and its text can be read back. Its statements are the tile ops below: near the machine, but without engines' queues, addresses or
semaphores.`;

/** A kernel that shows every form of the text. */
export const sampleProgram = `program example
hbm x: bf16[500, 768] input
hbm w: bf16[768, 512] weight
hbm y: bf16[500, 512] output

kernel product (matmul, gelu) schedule "tile_m=128, tile_n=512, tile_k=128" {
  for m in 0..4 {
    let m_size = min(128, 500 - 128*m)
    psum acc: f32[128, 512] x2
    for k in 0..6 {
      sbuf lhs: bf16[128, 128] x2
      dma lhs[0; 128; m_size:1] <- x[128*m, 128*k; 128:1; m_size:768]
      sbuf rhs: bf16[128, 512] x2
      dma rhs[0; 128; 512:1] <- w[128*k, 0; 128:512; 512:1]
      matmul acc[0; m_size; 512:1] <- stationary=lhs[0; 128; m_size:1], moving=rhs[0; 128; 512:1], accumulate=notFirst(k)
    }
    sbuf out: bf16[128, 512] x2
    activation out[0; m_size; 512:1] <- acc[0; m_size; 512:1], func=gelu on act
    dma y[128*m, 0; m_size:512; 512:1] <- out[0; m_size; 512:1]
  }
}
`;

const reading = [
  [
    "`hbm x: bf16[500, 768] input`",
    "a tensor in HBM and what it is for: input, weight, state, output, temp, or constant with its data",
  ],
  [
    "`sbuf lhs: bf16[128, 128] x2`",
    "a buffer on chip, partitions first. Each iteration of the body in which it is declared has a fresh one; two may be alive at a time",
  ],
  ["`for k in 0..6 { ... }`", "a loop; its index counts from 0 by 1"],
  ["`let m_size = min(128, 500 - 128*m)`", "a name for a size that the tensor's border cuts in the last iteration"],
  [
    "`lhs[0; 128; 512:1]`",
    "an operand: where it begins; its partitions; its elements in each of them, `size:stride`, outermost dimension first",
  ],
  [
    "`x[128*m, 128*k; 128:1; m_size:768]`",
    "in HBM: one coordinate for each dimension of the tensor; rows `size:stride`; elements of a row `size:stride`. Strides count in elements, so these 128 rows are neighbouring columns of `x`: the tile is loaded transposed",
  ],
  ["`acc[512; 64@32; 512:1]`", "begins at element 512 of each partition and at partition 32"],
  ["`dst <- src, name=value`", "what is written, and what is read; operands have names where there is more than one"],
  ["`dst, sum=l[...] <- src`", "an op that writes a second operand"],
  ["`accumulate=notFirst(k)`", "in the first iteration of `k` the accumulator is overwritten, later it is added to"],
  ["`on act`", "asks for an engine: act, dve or pool"],
  [
    "`... stage 1`, `for k in 0..6 stage 1 {`",
    "software pipelining: an engine runs this statement for the iteration before, while it runs those of stage 0 for this one. The meaning is that of a plain loop whose statements are in the order of their stages; a buffer has a slot for each iteration that uses it at a time",
  ],
] as const;

/** The text of TILE-OPS.md. */
export function tileOpsMarkdown(): string {
  const list = tileOpNames.map((name) => [`[\`${name}\`](#${name})`, tileOpDef(name).summary]);
  const parts = [
    "# Tile ops",
    generatedNote("the tile-op table in `ir-spec/tile-ops`"),
    introduction,
    "## How to read a tile program",
    `\`\`\`\n${sampleProgram}\`\`\``,
    markdownTable(["text", "meaning"], reading),
    "## Ops",
    markdownTable(["op", "summary"], list),
    "An operand's shape is [partitions, elements]; the same letter is the same number in all operands of an op.",
    ...tileOpNames.map(opSection),
    "## Binary operations",
    functionTable(aluOps),
    "## Operations on bits",
    "Of `tensor_tensor` alone.",
    functionTable(bitOps),
    "## Unary functions",
    functionTable(activations),
  ];
  return `${parts.join("\n\n")}\n`;
}

function opSection(name: TileOpName): string {
  const row = tileOpDef(name);
  const operands = row.operands.map((operand) => operandCells(operand));
  const table = markdownTable(["operand", "role", "memory", "shape"], operands);
  return [`### ${name}`, `\`${printForm(name, row)}\`: ${row.summary}.`, row.detail, table, ...attrTable(row)].join(
    "\n\n",
  );
}

/** `activation dst <- src, [bias=...], func=copy, scale=1` */
function printForm(name: TileOpName, row: AnyTileOpRow): string {
  const read = row.operands.filter(({ role }) => role === "read");
  const isAlone = read.filter(({ optional }) => optional !== true).length === 1;
  const operands = read.map((operand) => {
    if (operand.optional === true) return `[${operand.name}=...]`;
    return isAlone ? operand.name : `${operand.name}=...`;
  });
  const attrs = Object.entries(row.attrs).map(([attr, kind]) => {
    if (kind.optional === true) return `[${attr}=...]`;
    return `${attr}=${kind.default === undefined ? "..." : printFieldValue(kind, kind.default)}`;
  });
  const right = [...operands, ...attrs];
  const written = row.operands.filter(({ role, optional }) => role !== "read" && optional === true);
  const left = [`${name} dst`, ...written.map((operand) => `[${operand.name}=...]`)].join(", ");
  return `${left}${right.length === 0 ? "" : ` <- ${right.join(", ")}`}`;
}

function operandCells({ name, role, memories, shape, optional }: TileOperand): readonly string[] {
  const label = `\`${name}\`${optional === true ? " (optional)" : ""}`;
  return [label, role, memories.join(" or "), `[${shape.join(", ")}]`];
}

function attrTable(row: AnyTileOpRow): readonly string[] {
  const rows = Object.entries(row.attrs).map(([name, kind]) => {
    return [`\`${name}\``, describeValues(kind), describeDefault(kind), kind.summary];
  });
  return rows.length === 0 ? [] : [markdownTable(["attribute", "kind", "default", "meaning"], rows)];
}

/** Long lists of choices are in a table of their own. */
function describeValues(kind: AttrKind): string {
  if (kind.kind !== "choice") return describeKind(kind);
  const [binary, bits] = [Object.keys(aluOps).length, Object.keys(bitOps).length];
  if (kind.choices.length === binary) return "[an operation](#binary-operations)";
  if (kind.choices.length === binary + bits)
    return "[an operation](#binary-operations), also [on bits](#operations-on-bits)";
  if (kind.choices.length === Object.keys(activations).length) return "[a function](#unary-functions)";
  return `one of ${kind.choices.join(", ")}`;
}

function describeDefault(kind: AttrKind): string {
  if (kind.optional === true) return "absent";
  return kind.default === undefined ? "must be given" : `\`${printFieldValue(kind, kind.default)}\``;
}

function functionTable(rows: Readonly<Record<string, { readonly summary: string }>>): string {
  const lines = Object.entries(rows).map(([name, { summary }]) => [`\`${name}\``, summary]);
  return markdownTable(["name", "meaning"], lines);
}
