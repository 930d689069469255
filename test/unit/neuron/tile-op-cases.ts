// Statements of every tile op, made from THE TILE-OP TABLE: each memory and a few dtypes and shapes that its operands may have, each engine
// that may run it. Those that no instruction of a machine takes are left out.
import { constant, extent } from "../../../ir-spec/affine.ts";
import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { bufferId, loopId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access, EngineHint, TileBuffer, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { type TileOpName, tileOpDef, tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { choicesOf, engineOf } from "../../../targets/neuron/compile/select.ts";
import { argsOf } from "../../../targets/neuron/cost.ts";
import { checkInstruction } from "../../../targets/neuron/isa/check.ts";

export interface TileOpCase {
  /** `tensor_copy sbuf bf16 <- psum f32 [128, 512] on act`. */
  readonly name: string;
  readonly op: TileOpName;
  readonly buffers: readonly TileBuffer[];
  readonly node: TileNode;
}

/** What the letters of operands' shapes stand for. */
type Sizes = Readonly<Record<string, number>>;

/** Square tiles, those with long and with few rows, and those of a small machine. */
const shapes: readonly Sizes[] = [
  { p: 128, f: 128, g: 1, r: 128, k: 128, m: 128, n: 128, c: 128, rows: 500 },
  { p: 128, f: 512, g: 4, r: 128, k: 128, m: 64, n: 512, c: 64, rows: 1000 },
  { p: 32, f: 96, g: 1, r: 96, k: 32, m: 32, n: 96, c: 32, rows: 50 },
  { p: 32, f: 32, g: 8, r: 4, k: 32, m: 2, n: 32, c: 32, rows: 50 },
  { p: 8, f: 8, g: 1, r: 8, k: 8, m: 1, n: 16, c: 8, rows: 20 },
];

/** Dtypes of all operands but predicates and indices: of the results, and of what is read. */
const dtypes: readonly (readonly [written: Dtype, read: Dtype])[] = [
  ["f32", "f32"],
  ["bf16", "bf16"],
  ["f32", "bf16"],
  ["bf16", "f32"],
  ["f8e4m3", "f8e4m3"],
  ["i32", "i32"],
];

/** Values of attributes that make a difference to time; of others the first that is legal. */
const attrChoices: Readonly<Record<string, readonly AttrValue[]>> = {
  op: ["add", "max", "multiply"],
  op0: ["add", "subtract", "rsqrt"],
  op1: [null, "multiply"],
  func: ["exp", "copy"],
};

const engines: readonly (EngineHint | undefined)[] = [undefined, "act", "dve", "pool"];

/** All cases that a machine has. */
export function tileOpCases(machine: Machine): readonly TileOpCase[] {
  return tileOpNames.flatMap((op) => casesOf(op, machine));
}

function casesOf(op: TileOpName, machine: Machine): readonly TileOpCase[] {
  const row = tileOpDef(op);
  const optional = row.operands.filter((operand) => operand.optional === true).map(({ name }) => name);
  // A column's memory makes no difference to time.
  const memoriesOf = row.operands.map(({ memories, shape: [, elements] }) =>
    elements === "1" ? memories.slice(0, 1) : memories,
  );
  return combinations(memoriesOf).flatMap((memories) =>
    shapes.flatMap((sizes) =>
      dtypes.flatMap((pair) =>
        attrsOf(op).flatMap((attrs) =>
          (optional.length === 0 ? [[]] : [[], optional]).flatMap((given) =>
            engines.flatMap((engine): readonly TileOpCase[] => {
              const made = makeCase(op, { memories, sizes, pair, attrs, given, engine });
              return isTold(made, engine) && isLegal(made, machine) ? [made] : [];
            }),
          ),
        ),
      ),
    ),
  );
}

/** Whether the statement runs on the engine that it names, where it names one. */
function isTold({ node }: TileOpCase, engine: EngineHint | undefined): boolean {
  if (engine === undefined) return true;
  const { engine: _named, ...plain } = node;
  return engineOf(node) === engine && engineOf(plain) !== engine;
}

function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  const [first, ...rest] = lists;
  if (first === undefined) return [[]];
  const tails = combinations(rest);
  return first.flatMap((item) => tails.map((tail) => [item, ...tail]));
}

/** A few values of each attribute that has several, the others as they are by default. */
function attrsOf(op: TileOpName): readonly Readonly<Record<string, AttrValue>>[] {
  const given = Object.entries(tileOpDef(op).attrs).map(([name, kind]) => {
    const known = attrChoices[name];
    const values: readonly AttrValue[] = known ?? [
      kind.default ?? (kind.kind === "float" ? 2 : kind.kind === "choice" ? (kind.choices[0] ?? null) : null),
    ];
    return values.map((value) => [name, value] as const);
  });
  return combinations(given).map((pairs) => Object.fromEntries(pairs));
}

interface Choice {
  readonly memories: readonly Memory[];
  readonly sizes: Sizes;
  readonly pair: readonly [Dtype, Dtype];
  readonly attrs: Readonly<Record<string, AttrValue>>;
  /** Optional operands that are given. */
  readonly given: readonly string[];
  readonly engine: EngineHint | undefined;
}

function makeCase(op: TileOpName, choice: Choice): TileOpCase {
  const { memories, sizes, pair, attrs, given, engine } = choice;
  const buffers: TileBuffer[] = [];
  const operands: Record<string, Access> = {};
  for (const [index, operand] of tileOpDef(op).operands.entries()) {
    if (operand.optional === true && !given.includes(operand.name)) continue;
    const [rows, elements] = operand.shape.map((text) => sizeOf(text, sizes)) as [number, number];
    const memory = memories[index] as Memory;
    const dtype = dtypeOf(operand.name, operand.role === "read", elements, pair);
    const access = {
      partition: { start: 0, stride: memory === "hbm" ? elements : 1, size: extent(rows) },
      dims: [{ stride: 1, size: extent(elements) }],
    };
    operands[operand.name] = { buffer: bufferId(buffers.length), offset: constant(0), ...access };
    buffers.push({
      name: operand.name,
      memory,
      dtype,
      shape: [rows, elements],
      slots: 1,
      ...(memory === "hbm" ? { role: operand.role === "read" ? ("input" as const) : ("output" as const) } : {}),
    });
  }
  const shown = buffers.map(({ name, memory, dtype, shape }) => `${name}=${memory} ${dtype}[${shape.join(", ")}]`);
  const said = Object.entries(attrs).flatMap(([name, value]) =>
    name in attrChoices && value !== null ? [`${name}=${value}`] : [],
  );
  const more =
    op === "matmul" ? { accumulate: true } : tileOpDef(op).facts?.hasBase === true ? { base: constant(0) } : {};
  const node = {
    kind: "op",
    op,
    operands,
    attrs,
    ...more,
    ...(engine === undefined ? {} : { engine }),
  } as unknown as TileNode;
  return {
    name: [op, ...shown, ...said, ...(engine === undefined ? [] : [`on ${engine}`])].join(" "),
    op,
    buffers,
    node,
  };
}

/** `p`, `1` or `m*c`. */
function sizeOf(text: string, sizes: Sizes): number {
  return text.split("*").reduce((product, part) => product * (sizes[part] ?? Number(part)), 1);
}

function dtypeOf(name: string, isRead: boolean, elements: number, [written, read]: readonly [Dtype, Dtype]): Dtype {
  if (name === "index") return "i32";
  if (name === "predicate") return "u8";
  // Columns of scalars are f32, as the numbers in instructions are.
  if (elements === 1 && dtypeBytes(read) < 4) return "f32";
  return isRead ? read : written;
}

/** Whether the statement is a tile program of its own that the machine's instructions take. */
function isLegal({ op, node, buffers }: TileOpCase, machine: Machine): boolean {
  const unit = engineOf(node) ?? "dma";
  const isTaken = choicesOf(op).every(({ inst, operands }) => {
    const args = argsOf(node, operands, inst, (id) => buffers[id] as TileBuffer);
    return checkInstruction(inst, args, unit, machine).length === 0;
  });
  return isTaken && verifyTile(caseProgram({ name: "", op, node, buffers }, 1)).length === 0;
}

/** A program that runs the statement again and again. */
export function caseProgram({ buffers, node }: TileOpCase, trips: number): TileProgram {
  const allocs = buffers.flatMap(({ memory }, id): readonly TileStatement[] =>
    memory === "hbm" ? [] : [{ kind: "alloc", buffer: bufferId(id) }],
  );
  const loop: TileStatement = { kind: "loop", loop: loopId(0), trips: extent(trips), body: [node] };
  return { name: "p", buffers, loops: ["i"], kernels: [{ name: "k", ops: [], schedule: "", body: [...allocs, loop] }] };
}
