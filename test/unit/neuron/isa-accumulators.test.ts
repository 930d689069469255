// The accumulators of the vector and the scalar engine: what each command makes of them, said once more in plain loops, and
// streams in which a fold continues over several instructions.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import type { HeldArgument } from "../../../targets/neuron/inst-args.ts";
import type { Block, ResolvedArgs, ResolvedOperand, UnitName } from "../../../targets/neuron/isa/define.ts";
import type { InstName } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Argument, Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import { cyclesOf, makeArgs, problemsOf, randomBlocks, tile } from "./isa-fixtures.ts";
import { type Blocks, executeAll, rowOf } from "./isa-special-fixtures.ts";
import { counting, run, tiny } from "./simulate-fixtures.ts";
import { acquire, hbm, inst, release, sbuf, sideBySide, streamBuilder, value } from "./stream-fixtures.ts";

const [trn1, trn2, trn3] = ["trn1", "trn2", "trn3"].map(machineByName);
invariant(trn1 !== undefined && trn2 !== undefined && trn3 !== undefined, "they are shipped");

const f32 = Math.fround;
const [p, f] = [5, 12];
const least = -3.4028234663852886e38;

/** An instruction that folds: its elements before they are rounded, and how two of them are joined. */
interface Folding {
  readonly name: InstName;
  readonly unit: UnitName;
  readonly column: string;
  readonly operands: Readonly<Record<string, ResolvedOperand>>;
  readonly values: ResolvedArgs["values"];
  readonly element: (x: number, blocks: Blocks, row: number, at: number) => number;
  readonly join: (a: number, b: number) => number;
  /** What changes nothing when it is joined. */
  readonly identity: number;
}

const tiles = { dst: tile("bf16", p, f), src: tile("f32", p, f) };
const foldings: readonly Folding[] = [
  {
    name: "activation",
    unit: "act",
    column: "sum",
    operands: tiles,
    values: { func: "square", scale: 0.5 },
    element: (x) => f32(f32(x * 0.5) ** 2),
    join: (a, b) => f32(a + b),
    identity: 0,
  },
  {
    name: "activate2",
    unit: "act",
    column: "fold",
    operands: tiles,
    values: { op0: "add", imm0: 0.25, func: "copy", fold_op: "absmax" },
    element: (x) => f32(x + 0.25),
    join: (a, b) => Math.max(a, Math.abs(b)),
    identity: Number.NEGATIVE_INFINITY,
  },
  {
    name: "tensor_scalar_reduce",
    unit: "dve",
    column: "fold",
    operands: tiles,
    values: { op0: "add", imm0: 0.5, op1: "multiply" },
    element: (x) => f32(x + 0.5),
    join: (a, b) => f32(a * b),
    identity: 1,
  },
  {
    name: "exponential",
    unit: "dve",
    column: "sum",
    operands: { ...tiles, shift: tile("f32", p, 1) },
    values: {},
    element: (x, { shift }, row) => f32(Math.exp(f32(x - (shift?.data[row] ?? 0)))),
    join: (a, b) => f32(a + b),
    identity: 0,
  },
  {
    name: "select_reduce",
    unit: "dve",
    column: "maximum",
    operands: { ...tiles, predicate: tile("u8", p, f) },
    values: { on_false: -2 },
    element: (x, { predicate }, row, at) => (predicate?.data[row * f + at] === 0 ? -2 : x),
    join: Math.max,
    identity: Number.NEGATIVE_INFINITY,
  },
  {
    name: "range_select",
    unit: "dve",
    column: "maximum",
    operands: { ...tiles, bound0: tile("f32", p, 1), bound1: tile("f32", p, 1) },
    values: { compare0: "is_ge", compare1: "is_lt", start: -3 },
    element: (x, { bound0, bound1 }, row, at) =>
      at - 3 >= (bound0?.data[row] ?? 0) && at - 3 < (bound1?.data[row] ?? 0) ? x : least,
    join: Math.max,
    identity: Number.NEGATIVE_INFINITY,
  },
];

const commands = ["reset_reduce", "reduce", "load_reduce", "reset", "idle"] as const;
type Command = (typeof commands)[number];

/** What the accumulator of a row holds after a command. */
function wanted(folding: Folding, cmd: Command, elements: readonly number[], before: { own: number; initial: number }) {
  const { name, join, identity } = folding;
  const magnitude = name === "activate2" ? Math.abs : (x: number) => x;
  if (cmd === "idle") return before.own;
  if (cmd === "reset") return identity;
  const rest = cmd === "reset_reduce" ? elements.slice(1) : elements;
  const first = { reset_reduce: magnitude(elements[0] ?? 0), reduce: before.own, load_reduce: before.initial }[cmd];
  let folded = first;
  for (const x of rest) folded = join(folded, x);
  return folded;
}

const withAccumulator = (blocks: Blocks, accumulator: Block): Blocks & { readonly accumulator: Block } => ({
  ...blocks,
  accumulator,
});

/** The commands that an engine has. */
const commandsOf = (unit: UnitName): readonly Command[] =>
  unit === "act" ? commands.filter((cmd) => cmd !== "load_reduce") : commands.filter((cmd) => cmd !== "idle");

const cases = foldings.flatMap((folding) =>
  commandsOf(folding.unit).flatMap((cmd) =>
    ([true, false] as const).map((isReadOut) => [folding.name, cmd, isReadOut, folding] as const),
  ),
);

describe("each command", () => {
  test.each(cases)("%s, %s, read out: %s", (name, cmd, isReadOut, folding) => {
    const { unit, column, operands, values } = folding;
    const initial = cmd === "load_reduce" ? { initial_column: tile("f32", p, 1) } : {};
    const columns = isReadOut ? { [column]: tile("f32", p, 1) } : {};
    const withOp = name === "activate2" && cmd === "idle" ? { ...values, fold_op: null } : values;
    const args = makeArgs({ ...operands, ...columns, ...initial }, { ...withOp, reduce_cmd: cmd });
    expect(problemsOf(name, args, unit, trn3)).toEqual([]);
    const accumulator: Block = { p, f: 1, data: Float64Array.from({ length: p }, (_x, row) => f32(row * 0.7 - 1)) };
    const blocks = withAccumulator(randomBlocks(args, 3), accumulator);
    blocks.predicate?.data.forEach((_x, at, data) => {
      data[at] = at % 2;
    });
    const after = executeAll(name, args, blocks, unit);
    for (let row = 0; row < p; row++) {
      const elements = rowOf(blocks.src, row).map((x, at) => folding.element(x, blocks, row, at));
      expect(rowOf(after.dst, row)).toEqual(elements);
      const before = { own: accumulator.data[row] ?? 0, initial: blocks.initial_column?.data[row] ?? 0 };
      const folded = wanted(folding, cmd, elements, before);
      expect(after.accumulator?.data[row]).toBe(folded);
      if (isReadOut) expect(after[column]?.data[row]).toBe(folded);
    }
  });

  test("without a command a fold begins again where it is read out", () => {
    const args = makeArgs({ ...tiles, sum: tile("f32", p, 1) }, { func: "copy" });
    const accumulator: Block = { p, f: 1, data: new Float64Array(p).fill(7) };
    const blocks = withAccumulator(randomBlocks(args, 3), accumulator);
    const after = executeAll("activation", args, blocks, "act");
    expect(after.accumulator?.data).toEqual(after.sum?.data);
    const plain = executeAll("activation", makeArgs(tiles, { func: "copy" }), blocks, "act");
    expect(plain.accumulator?.data).toEqual(accumulator.data);
  });

  test.each([
    ["reduce", (own: number) => own],
    ["load_reduce", () => 0.75],
    ["reset_reduce", () => undefined],
  ] as const)("a running fold, %s", (cmd, startOf) => {
    const initial = cmd === "load_reduce" ? { initial: 0.75 } : {};
    const args = makeArgs(tiles, { op0: "multiply", imm0: 1.5, op1: "subtract", reduce_cmd: cmd, ...initial });
    expect(problemsOf("tensor_scalar_cumulative", args, "dve", trn3)).toEqual([]);
    const accumulator: Block = { p, f: 1, data: Float64Array.from({ length: p }, (_x, row) => row + 0.5) };
    const blocks = withAccumulator(randomBlocks(args, 4), accumulator);
    const after = executeAll("tensor_scalar_cumulative", args, blocks, "dve");
    for (let row = 0; row < p; row++) {
      let state = startOf(row + 0.5);
      for (let at = 0; at < f; at++) {
        const x = f32((blocks.src?.data[row * f + at] ?? 0) * 1.5);
        state = state === undefined ? x : f32(x - state);
        expect(after.dst?.data[row * f + at]).toBe(state);
      }
      expect(after.accumulator?.data[row]).toBe(state);
    }
  });
});

describe("what is refused", () => {
  const column = tile("f32", p, 1);
  const reduced = { op0: "add", imm0: 0.5, op1: "add" };
  const rows: readonly (readonly [string, InstName, UnitName, ResolvedArgs])[] = [
    ["E0711", "tensor_scalar_reduce", "dve", makeArgs(tiles, { ...reduced, reduce_cmd: "load_reduce" })],
    [
      "E0711",
      "tensor_scalar_reduce",
      "dve",
      makeArgs({ ...tiles, initial_column: column }, { ...reduced, reduce_cmd: "load_reduce", initial: 1 }),
    ],
    ["E0715", "tensor_scalar_reduce", "dve", makeArgs(tiles, { ...reduced, reduce_cmd: "reduce", initial: 1 })],
    ["E0715", "tensor_scalar_reduce", "dve", makeArgs({ ...tiles, fold: column }, { ...reduced, reduce_cmd: "idle" })],
    [
      "E0701",
      "tensor_scalar_reduce",
      "dve",
      makeArgs({ ...tiles, initial_column: tile("f32", p, 2) }, { ...reduced, reduce_cmd: "load_reduce" }),
    ],
    ["E0715", "activate2", "act", makeArgs(tiles, { func: "copy", reduce_cmd: "reduce" })],
    ["E0715", "activate2", "act", makeArgs(tiles, { func: "copy", reduce_cmd: "idle", fold_op: "add" })],
    ["E0701", "read_accumulator", "act", makeArgs({ dst: tile("f32", p, 2) })],
    ["E0709", "read_accumulator", "dve", makeArgs({ dst: column })],
  ];
  test.each(rows)("%s: %s", (code, name, unit, args) => {
    expect(problemsOf(name, args, unit, trn3).map((found) => found.code)).toEqual([code]);
  });
});

test("what is read out is what the accumulators hold", () => {
  const accumulator: Block = { p, f: 1, data: Float64Array.from({ length: p }, (_x, row) => row * 3 - 4) };
  const args = makeArgs({ dst: tile("f32", p, 1) });
  const after = executeAll("read_accumulator", args, withAccumulator(randomBlocks(args, 1), accumulator), "act");
  expect(after.dst?.data).toEqual(accumulator.data);
  expect(after.accumulator?.data).toEqual(accumulator.data);
});

test("read out by itself, a sum is there when it would be with the activation", () => {
  const operands = { dst: tile("f32", 128, 512), src: tile("f32", 128, 512) };
  const column = tile("f32", 128, 1);
  const cycles = (name: InstName, args: ResolvedArgs) => cyclesOf(name, args, "act", trn2);
  const both = cycles("activation", makeArgs({ ...operands, sum: column }, { func: "copy" }));
  const first = cycles("activation", makeArgs(operands, { func: "copy", reduce_cmd: "reset_reduce" }));
  const second = cycles("read_accumulator", makeArgs({ dst: column }));
  expect(second.issueCycles).toBe(trn2.actAccumulatorCycles);
  expect(first.issueCycles + second.latencyCycles).toBe(both.latencyCycles);
  expect(first.issueCycles + second.issueCycles).toBe(both.issueCycles);
});

const [rows, columns] = [8, 16];
const part = (dtype: "f32", at: number, elements: number): HeldArgument<"operand"> =>
  sbuf(dtype, { at, p: rows, f: elements });

/** Loads x: [8, 16], runs `body` on an engine, and stores the column at byte 128 as y. */
function foldStream(engine: "act" | "dve", body: readonly StreamItem[]): Stream {
  const b = streamBuilder();
  const [x, y] = [b.tensor("x", "f32", [rows, columns], "input"), b.tensor("y", "f32", [rows, 1], "output")];
  const [loaded, done] = [b.sem("loaded", "dma0", engine), b.sem("done", engine, "dma0")];
  b.queue("dma0", [
    inst("dma_copy", {
      dst: part("f32", 0, columns),
      src: hbm(x, "f32", { at: 0, rows, rowStride: columns, f: columns }),
    }),
    release(loaded),
    acquire(done),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows, rowStride: 1, f: 1 }), src: part("f32", 128, 1) }),
  ]);
  b.queue(engine, [acquire(loaded), ...body, release(done)]);
  return sideBySide(b.build());
}

/** Elements of x from one on, through a function or an operation, under a command. */
const activate = (from: number, elements: number, cmd: Exclude<Command, "load_reduce">): StreamItem =>
  inst("activation", {
    ...{ dst: part("f32", 64 + 4 * from, elements), src: part("f32", 4 * from, elements) },
    ...{ func: value("square"), reduce_cmd: value(cmd) },
  });
const scale = (
  from: number,
  elements: number,
  cmd: Command,
  more: Readonly<Record<string, Argument>> = {},
): StreamItem =>
  inst("tensor_scalar_reduce", {
    ...{ dst: part("f32", 64 + 4 * from, elements), src: part("f32", 4 * from, elements), op0: value("multiply") },
    ...{ imm0: value(2), op1: value("max"), reduce_cmd: value(cmd), ...more },
  });
const readOut = inst("read_accumulator", { dst: part("f32", 128, 1) });
const plainCopy = inst("activation", { dst: part("f32", 160, 4), src: part("f32", 0, 4) });

const inputs = new Map([["x", counting("f32", [rows, columns])]]);
const xOf = (row: number): readonly number[] =>
  Array.from(inputs.get("x")?.data.slice(row * columns, (row + 1) * columns) ?? []);

describe("in a stream", () => {
  const streams: readonly (readonly [string, Stream, (x: readonly number[]) => number])[] = [
    [
      "the scalar engine adds up three parts, and reads them out behind a function that folds nothing",
      foldStream("act", [
        activate(0, 5, "reset_reduce"),
        activate(5, 4, "reduce"),
        plainCopy,
        activate(9, 7, "reduce"),
        readOut,
      ]),
      (x) => x.reduce((sum, part) => sum + part * part, 0),
    ],
    [
      "the scalar engine sets its accumulators to 0 first",
      foldStream("act", [activate(0, 5, "reset"), activate(5, 4, "reduce"), readOut]),
      (x) => x.slice(5, 9).reduce((sum, part) => sum + part * part, 0),
    ],
    [
      "the vector engine continues from a number, and reads out with the last part",
      foldStream("dve", [
        scale(0, 8, "load_reduce", { initial: value(9) }),
        scale(8, 8, "reduce", { fold: part("f32", 128, 1) }),
      ]),
      (x) => Math.max(9, ...x.map((part) => 2 * part)),
    ],
    [
      "instructions of two kinds share the vector engine's accumulators",
      foldStream("dve", [
        inst("tensor_scalar_cumulative", {
          ...{ dst: part("f32", 64, 8), src: part("f32", 0, 8), op0: value("multiply"), imm0: value(1) },
          op1: value("add"),
        }),
        scale(8, 8, "reduce", { fold: part("f32", 128, 1) }),
      ]),
      (x) =>
        Math.max(
          x.slice(0, 8).reduce((sum, part) => sum + part, 0),
          ...x.slice(8).map((part) => 2 * part),
        ),
    ],
  ];
  const foldNotes = (stream: Stream): readonly string[] =>
    checkStream(stream, tiny).notes.flatMap(({ text }) => (text.includes("the fold that") ? [text] : []));

  test.each(streams)("%s", (_what, stream, expected) => {
    expect(checkStream(stream, tiny).diagnostics).toEqual([]);
    expect(foldNotes(stream)).toEqual([]);
    const { outputs } = run(stream, inputs);
    expect(Array.from(outputs.get("y")?.data ?? [])).toEqual(
      Array.from({ length: rows }, (_x, row) => expected(xOf(row))),
    );
  });

  const wrong: readonly (readonly [string, Stream, string])[] = [
    ["nothing has begun it", foldStream("act", [activate(0, 5, "reduce"), readOut]), "activation"],
    ["nothing is there to read", foldStream("act", [plainCopy, readOut]), "read_accumulator"],
    [
      "an idle instruction came between",
      foldStream("dve", [
        scale(0, 8, "reset_reduce"),
        scale(0, 4, "idle"),
        scale(8, 8, "reduce", { fold: part("f32", 128, 1) }),
      ]),
      "tensor_scalar_reduce",
    ],
  ];
  test.each(wrong)("a fold is refused where %s", (_what, stream, name) => {
    const found = checkStream(stream, tiny).diagnostics.map(({ code, args }) => [code, args]);
    expect(found).toEqual(expect.arrayContaining([["E0721", { inst: name, lane: 0 }]]));
    const simulated = simulate(stream, tiny, inputs);
    expect(simulated.ok ? [] : simulated.error.map(({ code, args }) => [code, args])).toEqual([
      ["E0721", { inst: name, lane: 0 }],
    ]);
  });

  const lost: readonly (readonly [string, Stream, string])[] = [
    [
      "another one begins in its place",
      foldStream("act", [activate(0, 5, "reset_reduce"), activate(5, 4, "reset_reduce"), readOut]),
      "activation at act:1",
    ],
    [
      "the stream ends",
      foldStream("act", [activate(0, 5, "reset_reduce"), readOut, activate(5, 4, "reduce")]),
      "activation at act:3",
    ],
    [
      "an idle instruction of the vector engine comes",
      foldStream("dve", [
        scale(0, 8, "load_reduce", { initial: value(9) }),
        scale(0, 4, "idle"),
        scale(8, 8, "reset_reduce", { fold: part("f32", 128, 1) }),
      ]),
      "tensor_scalar_reduce at dve:1",
    ],
  ];
  test.each(lost)("a fold that nothing reads before %s is noted", (_what, stream, writer) => {
    expect(checkStream(stream, tiny).diagnostics).toEqual([]);
    expect(foldNotes(stream)).toEqual([
      `nothing reads the fold that ${writer} of kernel kernel leaves in the accumulators`,
    ]);
  });
});
