// The correct streams of which the mutation tests make mutants: compiled ones that show every kind of kernel, and ones
// written by hand for what the compiler does not emit.
import { addAffine, constant, extent, term } from "../../ir-spec/affine.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { makeRandomInputs, makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import type { KernelSchedule, Schedule } from "../../ir-spec/schedule.ts";
import type { HeldArgument } from "../../targets/neuron/inst-args.ts";
import type { Argument, Stream } from "../../targets/neuron/stream.ts";
import { productStream, smallProduct } from "../unit/neuron/check/fixtures.ts";
import {
  acquire,
  flag,
  hbm,
  inst,
  loop,
  psum,
  release,
  sbuf,
  sideBySide,
  streamBuilder,
  value,
} from "../unit/neuron/stream-fixtures.ts";
import { parseGraph } from "../unit/passes/support.ts";
import { runStages } from "./stages.ts";

export interface MutationCase {
  readonly stream: Stream;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** A maker of each case, by name. */
type Makers = Readonly<Record<string, (machine: Machine, seed: number) => MutationCase>>;

function scheduleOf(fields: KernelSchedule["fields"]): Schedule {
  return { name: "blocked", graph: "*", kernels: [{ kernel: "*", fields }] };
}

/** A case that the compiler makes of a graph. */
const compiled =
  (text: string, schedule?: Schedule) =>
  (machine: Machine, seed: number): MutationCase => {
    const graph = parseGraph(text);
    const inputs = makeRandomInputs(graph, seed);
    const outcome = runStages(graph, inputs, { machine, strategy: "heuristic", schedule });
    if (outcome.kind !== "agrees") throw new Error(JSON.stringify(outcome));
    return { stream: outcome.stream, inputs };
  };

/** A case that is written by hand. */
const written =
  (stream: Stream) =>
  (_machine: Machine, seed: number): MutationCase => {
    const given = stream.tensors.filter(({ role }) => role !== "output");
    return {
      stream,
      inputs: new Map(given.map((tensor) => [tensor.name, makeRandomTensor(tensor, seed, tensor.name)])),
    };
  };

/** y[:, g] = sum over s of tiles of few rows: sums that are read and then begun again. */
function rowTilesStream(): Stream {
  const b = streamBuilder();
  const [w, x, y] = [
    b.tensor("w", "bf16", [8, 3], "weight"),
    b.tensor("x", "bf16", [8, 8], "input"),
    b.tensor("y", "f32", [3, 16], "output"),
  ];
  const [g, s] = [b.loop("g"), b.loop("s")];
  const [loaded, full, free, stored] = [
    b.sem("loaded", "dma0", "pe"),
    b.sem("full", "pe", "act"),
    b.sem("free", "act", "pe", 1),
    b.sem("out", "act", "dma0"),
  ];
  const held = sbuf("bf16", { at: 0, p: 8, f: 3 });
  const all = sbuf("bf16", { at: 8, p: 8, f: 8 });
  const moving = sbuf("bf16", { at: addAffine(constant(8), term(g, 8), term(s, 4)), p: 8, f: 2 });
  const out = sbuf("f32", { at: addAffine(constant(32), term(g, 32)), p: 3, f: 8 });
  const dims = [
    { stride: 2, size: extent(4) },
    { stride: 1, size: extent(2) },
  ];
  const sums = psum("f32", { at: 0, p: 3, dims });
  const product = inst("matmul_row_tiles", { dst: sums, moving, accumulate: flag({ notFirst: [s] }), rows: value(2) });
  b.queue("dma0", [
    inst("dma_copy", { dst: held, src: hbm(w, "bf16", { at: 0, rows: 8, rowStride: 3, f: 3 }) }),
    inst("dma_copy", { dst: all, src: hbm(x, "bf16", { at: 0, rows: 8, rowStride: 8, f: 8 }) }),
    release(loaded),
    loop(g, 2, [
      acquire(stored),
      inst("dma_copy", { dst: hbm(y, "f32", { at: term(g, 32), rows: 3, rowStride: 16, f: 8 }), src: out }),
    ]),
  ]);
  b.queue("pe", [
    acquire(loaded),
    inst("load_weights", { src: held }),
    loop(g, 2, [acquire(free), loop(s, 2, [product]), release(full)]),
  ]);
  const evict = inst("tensor_copy", { dst: out, src: sums });
  b.queue("act", [loop(g, 2, [acquire(full), evict, release(free), release(stored)])]);
  return sideBySide(b.build());
}

/** A tile in SBUF of all eight partitions. */
const tile = (at: number, f: number) => sbuf("f32", { at, p: 8, f });

const squareInto = (src: HeldArgument<"operand">, cmd: "reset" | "reduce" | "reset_reduce") =>
  inst("activation", { dst: tile(64, 4), src, func: value("square"), reduce_cmd: value(cmd) });

const doubleInto = (src: HeldArgument<"operand">, more: Readonly<Record<string, Argument>>) =>
  inst("tensor_scalar_reduce", {
    dst: tile(96, 4),
    src,
    ...{ op0: value("multiply"), imm0: value(2), op1: value("max"), ...more },
  });

/** y[:, 0] = the sum of squares, y[:, 1] = the largest double: folds in accumulators, over several instructions. */
function foldsStream(): Stream {
  const b = streamBuilder();
  const [x, y] = [b.tensor("x", "f32", [8, 8], "input"), b.tensor("y", "f32", [8, 2], "output")];
  const h = b.loop("h");
  const [forAct, forDve] = [b.sem("for act", "dma0", "act"), b.sem("for dve", "dma0", "dve")];
  const [sum, max] = [b.sem("sum", "act", "dma1"), b.sem("max", "dve", "dma1")];
  const half = sbuf("f32", { at: term(h, 16), p: 8, f: 4 });
  b.queue("dma0", [
    inst("dma_copy", { dst: tile(0, 8), src: hbm(x, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }) }),
    release(forAct),
    release(forDve),
  ]);
  b.queue("act", [
    acquire(forAct),
    squareInto(tile(0, 4), "reset"),
    loop(h, 2, [squareInto(half, "reduce")]),
    inst("read_accumulator", { dst: tile(128, 1) }),
    release(sum),
  ]);
  b.queue("dve", [
    acquire(forDve),
    doubleInto(tile(0, 4), { reduce_cmd: value("load_reduce"), initial: value(-100) }),
    doubleInto(tile(16, 4), { reduce_cmd: value("reduce"), fold: tile(132, 1) }),
    release(max),
  ]);
  b.queue("dma1", [
    acquire(sum),
    acquire(max),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 8, rowStride: 2, f: 2 }), src: tile(128, 2) }),
  ]);
  return sideBySide(b.build());
}

const product = "graph g(x: bf16[20, 40], weight w: bf16[40, 20]) -> (y: bf16[20, 20]) { y = matmul(x, w) }";

const makers = {
  map: compiled("graph g(x: f32[20, 6], y: f32[20, 6]) -> (z: f32[20, 6]) { z = relu(x + y) * 2 }"),
  softmax: compiled("graph g(x: f32[20, 6]) -> (y: f32[20, 6]) { y = softmax(x) }"),
  "layer norm": compiled(
    `graph g(x: f32[20, 6], weight s: f32[6], weight b: f32[6]) -> (y: f32[20, 6]) {
      y = layer_normalization(x, s, b)
    }`,
  ),
  product: compiled(
    `graph g(x: bf16[20, 18], weight w: bf16[18, 20], weight b: bf16[20]) -> (y: bf16[20, 20]) {
      y = gelu(matmul(x, w) + b)
    }`,
  ),
  "product, its sums in PSUM": compiled(product, scheduleOf({ tile_k: 8, block_k: 2, tile_m: 8, tile_n: 12 })),
  "product, its sums in SBUF": compiled(
    product,
    scheduleOf({ tile_k: 4, block_k: 2, tile_m: 8, accumulate: "sbuf", slots_psum: 1, evict: "act" }),
  ),
  "two products": compiled(
    `graph g(x: f32[10, 9], weight w: f32[9, 12], weight v: f32[12, 9]) -> (y: f32[10, 9]) {
      y = x + matmul(relu(matmul(x, w)), v)
    }`,
  ),
  attention: compiled(
    "graph g(q: f32[1, 2, 9, 4], k: f32[1, 2, 9, 4]) -> (y: f32[1, 2, 9, 4]) { y = attention(q, k, k) }",
  ),
  moved: compiled(
    `graph g(x: f32[9, 4], i: i32[10], state c: f32[12, 4]) -> (y: f32[10, 4]) {
      y = gather(concat(x, x, axis=0), i)
      c = update_slice(c, x, starts=[2, 0])
    }`,
  ),
  "rings by hand": written(productStream(smallProduct)),
  "row tiles by hand": written(rowTilesStream()),
  "folds by hand": written(foldsStream()),
} satisfies Makers;

export type CaseName = keyof typeof makers;
export const caseNames = Object.keys(makers) as readonly CaseName[];

/** Makes a case; its inputs depend on the seed. */
export function makeMutationCase(name: CaseName, machine: Machine, seed: number): MutationCase {
  return makers[name](machine, seed);
}
