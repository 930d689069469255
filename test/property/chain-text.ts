// The text of a chain by its steps: products with row-wise steps before, between and after them, such as attention, perceptrons and
// norms, in one `kernel` block or left to `fuse`.
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";

type Float = "f32" | "bf16" | "f16";

/** What a chain is made of; `own` seeds the choices within a step. */
export interface ChainSpec {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly dtype: Float;
  readonly isKernel: boolean;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly kind: StepKind;
  /** Columns of a product. */
  readonly size: number;
  readonly own: number;
}

/** The text so far: `x` is the value that steps go on from. */
interface Draft {
  readonly spec: ChainSpec;
  readonly params: string[];
  readonly lines: string[];
  readonly results: string[];
  /** Wide values so far that a residual may add. */
  readonly wide: { readonly name: string; readonly columns: number; readonly dtype: Float }[];
  names: number;
  x: string;
  columns: number;
  dtype: Float;
}

function define(draft: Draft, expression: string): string {
  const name = `t${draft.names++}`;
  draft.lines.push(`${name} = ${expression}`);
  return name;
}

function param(draft: Draft, type: string, kind = ""): string {
  const name = `p${draft.params.length}`;
  draft.params.push(`${kind}${name}: ${type}`);
  return name;
}

function next(draft: Draft, expression: string): void {
  draft.x = define(draft, expression);
}

const rowsShape = ({ spec }: Draft): readonly number[] => [...spec.batch, spec.rows];

/** A shape that broadcasts to the rows: all, none, or some of the batch dimensions, the rows or one of them, and the columns. */
function relatedShape(draft: Draft, random: Random): readonly number[] {
  const { columns, spec } = draft;
  const full = [...rowsShape(draft), columns];
  return random.pick([
    full,
    [columns],
    [spec.rows, columns],
    [spec.rows, 1],
    [1],
    full.map((size) => (random.oneIn(3) ? 1 : size)),
  ]);
}

function product(draft: Draft, random: Random, size: number): string {
  const { spec, columns, x } = draft;
  const isTransposed = random.oneIn(2);
  const matrix = isTransposed ? [size, columns] : [columns, size];
  const batch = random.pick([[], spec.batch, spec.batch, spec.batch.map((own) => (random.oneIn(2) ? 1 : own))]);
  const right = param(draft, `${draft.dtype}[${[...batch, ...matrix].join(", ")}]`, "weight ");
  return `matmul(${x}, ${right}${isTransposed ? ", transpose_rhs=true" : ""})`;
}

function comparison({ spec, columns }: Draft, random: Random): string {
  const row = `iota(shape=[${spec.rows}, 1], axis=0, dtype=i32)`;
  const column = `iota(shape=[1, ${columns}], axis=1, dtype=i32)`;
  const offset = random.pick([
    0,
    0,
    1,
    -1,
    4,
    -4,
    7,
    columns - spec.rows,
    random.below(60) - 20,
    8 * (random.below(7) - 2),
  ]);
  const op = random.pick(["less_or_equal", "less_or_equal", "greater", "greater_or_equal", "less"]);
  return random.oneIn(5)
    ? `${op}(${random.oneIn(2) ? row : column}, ${random.below(50)})`
    : `${op}(${column}, ${row} + ${offset})`;
}

function condition(draft: Draft, random: Random): string {
  const one = comparison(draft, random);
  switch (random.below(5)) {
    case 0:
      return `logical_and(${one}, ${comparison(draft, random)})`;
    case 1:
      return `logical_or(${one}, ${comparison(draft, random)})`;
    case 2:
      return `logical_not(${one})`;
    default:
      return one;
  }
}

function masked(draft: Draft, random: Random, by: string): void {
  const value = random.pick(["-inf", "-inf", "-inf", "-10000.0", "0.0", "-3.0"]);
  const number = `full(value=${value}, shape=[], dtype=${draft.dtype})`;
  const mask = define(draft, by);
  next(draft, random.oneIn(4) ? `where(${mask}, ${number}, ${draft.x})` : `where(${mask}, ${draft.x}, ${number})`);
}

function cast(draft: Draft, to: Float): void {
  if (to === draft.dtype) return;
  next(draft, `cast(${draft.x}, to=${to})`);
  draft.dtype = to;
}

function softmax(draft: Draft, random: Random): void {
  const own = draft.dtype;
  if (!random.oneIn(4)) cast(draft, "f32");
  const axes = `axes=[${draft.spec.batch.length + 1}]`;
  const e = define(draft, random.oneIn(6) ? `exp(${draft.x})` : `exp(${draft.x} - reduce_max(${draft.x}, ${axes}))`);
  const sum = define(draft, `reduce_sum(${e}, ${axes})`);
  next(draft, random.oneIn(2) ? `${e} / ${sum}` : `${e} * reciprocal(${sum})`);
  cast(draft, random.oneIn(5) ? draft.dtype : own);
}

function norm(draft: Draft, random: Random): void {
  const own = draft.dtype;
  if (!random.oneIn(4)) cast(draft, "f32");
  const axes = `axes=[${draft.spec.batch.length + 1}]`;
  if (random.oneIn(2)) next(draft, `${draft.x} - reduce_mean(${draft.x}, ${axes})`);
  next(draft, `${draft.x} * rsqrt(reduce_mean(${draft.x} * ${draft.x}, ${axes}) + 0.01)`);
  if (random.oneIn(2)) next(draft, `${draft.x} * ${param(draft, `${draft.dtype}[${draft.columns}]`)}`);
  cast(draft, own);
}

/** A statistic of the rows that is a result, or changes them. */
function reduced(draft: Draft, random: Random): void {
  const op = random.pick(["reduce_max", "reduce_min", "reduce_sum", "reduce_mean"]);
  const column = define(draft, `${op}(${draft.x}, axes=[${draft.spec.batch.length + 1}])`);
  if (random.oneIn(2)) draft.results.push(`${column}: ${draft.dtype}[${[...rowsShape(draft), 1].join(", ")}]`);
  else next(draft, `${draft.x} ${random.pick(["-", "+", "*"])} ${column}`);
}

/** A function of numbers that are the same along each row, though they have the shape of the tile. */
function repeated(draft: Draft, random: Random): void {
  const shape = [...rowsShape(draft), draft.columns].join(", ");
  const axes = `axes=[${draft.spec.batch.length + 1}]`;
  const own = random.oneIn(2)
    ? param(draft, `${draft.dtype}[${draft.spec.rows}, 1]`)
    : define(draft, `reduce_mean(${draft.x}, ${axes})`);
  const wide = define(draft, `broadcast_to(${own}, shape=[${shape}])${random.oneIn(2) ? " + 0.5" : ""}`);
  const scaled = `${wide} * ${random.pick(["0.25", "-0.5", "2.0"])}`;
  const shifted = random.oneIn(3) ? scaled : `${scaled} ${random.pick(["-", "+"])} reduce_max(${draft.x}, ${axes})`;
  next(draft, `${draft.x} * ${random.pick(["exp", "tanh", "sigmoid"])}(${shifted})`);
}

/** What each kind of step appends. */
const steps = {
  product: (draft: Draft, random: Random, size: number) => {
    next(draft, product(draft, random, size));
    draft.columns = size;
  },
  scale: (draft: Draft, random: Random) =>
    next(draft, `${draft.x} * ${random.pick(["0.25", "2.0", "-0.5", "-1.0", "0.0", "0.125"])}`),
  bias: (draft: Draft, random: Random) => {
    const shape = relatedShape(draft, random);
    next(draft, `${draft.x} ${random.pick(["+", "-", "*"])} ${param(draft, `${draft.dtype}[${shape.join(", ")}]`)}`);
  },
  position: (draft: Draft, random: Random) => {
    const { spec, columns, dtype } = draft;
    const shape = random.pick([
      `[1, ${columns}], axis=1`,
      `[${spec.rows}, 1], axis=0`,
      `[${spec.rows}, ${columns}], axis=0`,
    ]);
    const number = define(draft, `iota(shape=${shape}, dtype=${dtype === "f16" ? "f16" : "f32"})`);
    const own = dtype === "bf16" ? define(draft, `cast(${number}, to=bf16)`) : number;
    next(draft, `${draft.x} + ${own} * ${random.pick(["0.125", "-0.25"])}`);
  },
  mask: (draft: Draft, random: Random) => masked(draft, random, condition(draft, random)),
  given: (draft: Draft, random: Random) => {
    const shape = relatedShape(draft, random).join(", ");
    masked(draft, random, param(draft, `bool[${shape}]`));
  },
  cap: (draft: Draft) => next(draft, `tanh(${draft.x} * 0.25) * 4.0`),
  function: (draft: Draft, random: Random) => {
    const call = random.pick(["silu", "gelu", "exp", "relu", "tanh", "sigmoid"]);
    next(draft, `${call}(${draft.x}${call === "exp" ? " * 0.25" : ""})`);
  },
  softmax,
  norm,
  reduced,
  repeated,
  gated: (draft: Draft, random: Random, size: number) => {
    const gate = define(draft, `${random.pick(["silu", "gelu"])}(${product(draft, random, size)})`);
    next(draft, `${gate} * ${product(draft, random, size)}`);
    draft.columns = size;
  },
  aside: (draft: Draft, random: Random, size: number) => {
    const other = random.oneIn(2) ? size : draft.columns;
    const own = define(draft, `${product(draft, random, other)}${random.oneIn(2) ? " * 0.5" : ""}`);
    draft.results.push(`${own}: ${draft.dtype}[${[...rowsShape(draft), other].join(", ")}]`);
  },
  residual: (draft: Draft, random: Random) => {
    const fitting = draft.wide.filter(({ columns, dtype }) => columns === draft.columns && dtype === draft.dtype);
    if (fitting.length > 0) next(draft, `${random.pick(fitting).name} + ${draft.x}`);
  },
  result: (draft: Draft) => {
    const own = define(draft, `${draft.x} + 1.0`);
    draft.results.push(`${own}: ${draft.dtype}[${[...rowsShape(draft), draft.columns].join(", ")}]`);
    draft.x = own;
  },
  cast: (draft: Draft, random: Random) => cast(draft, random.pick(["f32", "bf16", "f16"])),
} as const satisfies Readonly<Record<string, (draft: Draft, random: Random, size: number) => void>>;

export type StepKind = keyof typeof steps;

/** The program of a chain; its last value is a result. */
export function chainText(spec: ChainSpec): string {
  const draft: Draft = {
    spec,
    params: [],
    lines: [],
    results: [],
    wide: [],
    names: 0,
    x: "",
    columns: spec.columns,
    dtype: spec.dtype,
  };
  draft.x = param(draft, `${spec.dtype}[${[...rowsShape(draft), spec.columns].join(", ")}]`);
  for (const { kind, size, own } of spec.steps) {
    draft.wide.push({ name: draft.x, columns: draft.columns, dtype: draft.dtype });
    steps[kind](draft, makeRandom(own), size);
  }
  draft.results.push(`y: ${draft.dtype}[${[...rowsShape(draft), draft.columns].join(", ")}]`);
  draft.lines.push(`y = ${draft.x} + 0.5`);
  const body = spec.isKernel ? ["kernel y {", ...draft.lines.map((line) => `  ${line}`), "}"] : draft.lines;
  return `graph g(${draft.params.join(", ")}) -> (${draft.results.join(", ")}) {\n${body.map((line) => `  ${line}\n`).join("")}}\n`;
}
