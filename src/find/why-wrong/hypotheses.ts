// THE TABLE OF HYPOTHESES: simple mistakes that a node of a graph may be compiled with, each of a kind. What a graph with the mistake would give
// is compared with what was found; who predicts it is the cause.

import { type Dtype, isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import { isKind, opDef } from "../../../ir-spec/ops/index.ts";
import type { CauseKind } from "./report.ts";
import {
  keptIn,
  mapped,
  previousBlocks,
  readByColumns,
  rowAsColumn,
  scaledBy,
  shiftedAlong,
  shiftedInMemory,
  transposedInBlocks,
  withoutTail,
} from "./tensor-changes.ts";

/** What a node computes from, and what its row says of it. */
export interface NodeValues {
  readonly graph: Graph;
  readonly node: Node;
  readonly operands: readonly Tensor[];
  readonly result: Tensor;
  /** Sizes that tiles may have, for tails and blocks. */
  readonly tileSizes: readonly number[];
  /** Evaluates the node on other operands, or with other attributes; undefined where that gives no such type. */
  readonly evaluate: (operands: readonly Tensor[], attrs?: Node["attrs"]) => Tensor | undefined;
}

export interface Hypothesis {
  readonly kind: CauseKind;
  readonly words: string;
  /** The operand that it is about, where it is one. */
  readonly operand?: number;
  readonly predict: () => Tensor | undefined;
}

type Change = Pick<Hypothesis, "kind" | "words"> & { readonly change: (tensor: Tensor) => Tensor };

const factors = [2, 0.5, -1, 4, 0.25, 1.01, 0.99, 10, 0.1, 3, 1 / 3];

/** Changes that anything that is read or written may undergo. */
function layoutChanges({ shape }: Tensor, tileSizes: readonly number[]): readonly Change[] {
  const axes = shape.map((_, axis) => axis).filter((axis) => (shape[axis] ?? 1) > 1);
  const pairs = axes.flatMap((a) => axes.filter((b) => b > a && shape[a] === shape[b]).map((b) => [a, b] as const));
  const columns: Change = { kind: "swapped layout", words: "read column by column", change: readByColumns };
  return [
    ...pairs.flatMap(([a, b]) =>
      [...new Set([shape[a] as number, ...tileSizes])]
        .filter((block) => block > 1 && (shape[a] as number) % block === 0)
        .map((block): Change => {
          const words = `with axes ${a} and ${b} exchanged${block === shape[a] ? "" : ` in tiles of ${block}`}`;
          return { kind: "swapped layout", words, change: (x) => transposedInBlocks(x, [a, b], block) };
        }),
    ),
    ...(axes.length >= 2 ? [columns] : []),
    ...axes.flatMap((axis) =>
      [1, -1].map(
        (by): Change => ({
          ...{ kind: "off by one", words: `shifted by ${by} along axis ${axis}` },
          change: (x) => shiftedAlong(x, axis, by),
        }),
      ),
    ),
    ...[1, -1].map(
      (by): Change => ({
        ...{ kind: "off by one", words: `shifted by ${by} element` },
        change: (x) => shiftedInMemory(x, by),
      }),
    ),
    ...axes.flatMap((axis) =>
      tileSizes
        .filter((block) => block > 1 && block < (shape[axis] ?? 1))
        .map(
          (block): Change => ({
            ...{ kind: "stale ring slot", words: `with the tile of ${block} before along axis ${axis}` },
            change: (x) => previousBlocks(x, axis, block),
          }),
        ),
    ),
  ];
}

function tailChanges({ shape }: Tensor, tileSizes: readonly number[]): readonly Change[] {
  return shape.flatMap((size, axis) => {
    const counts = new Set([1, ...tileSizes.flatMap((tile) => [size % tile, tile])]);
    return [...counts]
      .filter((count) => count > 0 && count < size)
      .map(
        (count): Change => ({
          ...{ kind: "wrong tail", words: `without the last ${count} along axis ${axis}` },
          change: (x) => withoutTail(x, axis, count),
        }),
      );
  });
}

const smallDtypes: readonly Dtype[] = ["f16", "bf16", "i32"];

function valueChanges(tensor: Tensor): readonly Change[] {
  if (!isFloat(tensor.dtype)) return [];
  const isSpecial = tensor.data.some((x) => !Number.isFinite(x) || Object.is(x, -0));
  const kept = smallDtypes.filter((dtype) => dtype !== tensor.dtype);
  return [
    ...kept.map(
      (dtype): Change => ({ kind: "f16 overflow", words: `kept in ${dtype}`, change: (x) => keptIn(x, dtype) }),
    ),
    ...(isSpecial ? specialChanges : []),
  ];
}

const specialChanges: readonly Change[] = [
  ["with 0 for NaN", (x: number) => (Number.isNaN(x) ? 0 : x)],
  ["with the least number for NaN", (x: number) => (Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x)],
  ["with numbers for infinities", (x: number) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Math.sign(x) * 3e38 : x)],
  ["with NaN for infinities", (x: number) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Number.NaN : x)],
].map(([words, change]) => ({
  kind: "NaN handling" as const,
  words: words as string,
  change: (x: Tensor) => mapped(x, change as (x: number) => number),
}));

const scaleChanges = (tensor: Tensor): readonly Change[] =>
  isFloat(tensor.dtype)
    ? [...factors, ...sizeFactors(tensor)].map((factor) => ({
        ...{ kind: "wrong scale" as const, words: `times ${factor}` },
        change: (x: Tensor) => scaledBy(x, factor),
      }))
    : [];

/** Factors that come from sizes: a mean that is a sum, a root that is left out. */
const sizeFactors = ({ shape }: Tensor): readonly number[] =>
  [...new Set(shape)]
    .filter((size) => size > 1)
    .flatMap((size) => [size, 1 / size, Math.sqrt(size), 1 / Math.sqrt(size)]);

/** All hypotheses of a node. */
export function hypothesesOf(values: NodeValues): readonly Hypothesis[] {
  const { node, operands, result, tileSizes, evaluate } = values;
  const ofOperands = operands.flatMap((operand, index) => {
    const isReduced = isKind(node.op, "contract") || isKind(node.op, "reduce");
    const changes = [
      ...layoutChanges(operand, tileSizes),
      ...(isReduced ? tailChanges(operand, tileSizes) : []),
      ...valueChanges(operand),
      ...(operand.data.length === 1 ? scaleChanges(operand) : []),
    ];
    return changes.map(
      ({ kind, words, change }): Hypothesis => ({
        ...{ kind, words: `operand ${index} ${words}`, operand: index },
        predict: () => evaluate(operands.with(index, change(operand))),
      }),
    );
  });
  const ofResult = [
    ...layoutChanges(result, tileSizes),
    ...scaleChanges(result),
    ...valueChanges(result),
    ...tailChanges(result, tileSizes),
  ].map(
    ({ kind, words, change }): Hypothesis => ({ kind, words: `its result ${words}`, predict: () => change(result) }),
  );
  return [
    ...rowHypotheses(values),
    ...maskHypotheses(values),
    ...axisHypotheses(values),
    ...skipHypotheses(values),
    ...ofOperands,
    ...ofResult,
  ];
}

/** A row that is added to every row, read as if it were a column. */
function rowHypotheses({ operands, result, tileSizes, evaluate }: NodeValues): readonly Hypothesis[] {
  const columns = result.shape.at(-1) ?? 1;
  return operands.flatMap((operand, index) => {
    if (operand.data.length !== columns || result.shape.length < 2 || columns < 2) return [];
    return [...new Set([...tileSizes, result.shape.at(-2) as number])].map(
      (rows): Hypothesis => ({
        ...{ kind: "swapped layout", words: `operand ${index} as a column of tiles of ${rows} rows` },
        predict: () => evaluate(operands.with(index, rowAsColumn(operand, result.shape, rows))),
      }),
    );
  });
}

/** A value below this hides what it is added to. Source: -1e4 is what models in f16 use, which cannot hold -1e9. */
const hides = -1e4;

const isMask = ({ data, dtype }: Tensor): boolean => dtype === "bool" || data.some((x) => x <= hides);

/** The mask of a `where`, an addition or an attention left out. */
function maskHypotheses({ node, operands, evaluate, graph }: NodeValues): readonly Hypothesis[] {
  const withoutMask = (words: string, predict: Hypothesis["predict"]): Hypothesis => ({
    kind: "dropped mask",
    words,
    predict,
  });
  const { op, attrs } = node;
  if (op === "attention") {
    const [q, k, v] = operands;
    const bare = q && k && v ? [q, k, v] : operands;
    return [
      withoutMask("without its causal mask", () => evaluate(operands, { ...attrs, is_causal: false } as Node["attrs"])),
      withoutMask("without its mask", () => evaluate(bare)),
      ...[2, 0.5, 4, 0.25].map(
        (factor): Hypothesis => ({
          ...{ kind: "wrong scale", words: `with its scale times ${factor}` },
          predict: () => evaluate(operands.map((x, at) => (at === 0 ? scaledBy(x, factor) : x))),
        }),
      ),
    ];
  }
  const [type] = [typeOf(graph, node.results[0])];
  if (op === "where") {
    return [1, 2].map((branch) =>
      withoutMask(`with operand ${branch} everywhere`, () => {
        const [condition, ...rest] = operands as [Tensor, ...Tensor[]];
        return evaluate([mapped(condition, () => (branch === 1 ? 1 : 0)), ...rest]);
      }),
    );
  }
  if ((op === "add" || op === "mul" || op === "min" || op === "sub") && type.dtype !== "bool") {
    return operands.flatMap((operand, index) => {
      if (!isMask(operand)) return [];
      const neutral = op === "mul" ? 1 : op === "min" ? Number.POSITIVE_INFINITY : 0;
      return [
        withoutMask(`without operand ${index}`, () =>
          evaluate(
            operands.with(
              index,
              mapped(operand, () => neutral),
            ),
          ),
        ),
      ];
    });
  }
  return [];
}

/** The op along other axes. */
function axisHypotheses({ node, operands, evaluate }: NodeValues): readonly Hypothesis[] {
  const kinds = Object.entries(opDef(node.op).attrs);
  const rank = operands[0]?.shape.length ?? 0;
  const attrs = node.attrs as Readonly<Record<string, unknown>>;
  const others = kinds.flatMap(([name, { kind }]): readonly Readonly<Record<string, unknown>>[] => {
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    if (kind === "axis") return axes.filter((axis) => axis !== attrs[name]).map((axis) => ({ [name]: axis }));
    if (kind !== "axes" || !Array.isArray(attrs[name])) return [];
    const given = attrs[name] as readonly number[];
    return given.flatMap((old, at) =>
      axes
        .filter((axis) => !given.includes(axis) && axis !== old)
        .map((axis) => ({ [name]: given.with(at, axis).toSorted() })),
    );
  });
  return others.map((changed) => ({
    kind: "wrong axis",
    words: `along ${Object.entries(changed).map(([name, value]) => `${name}=${JSON.stringify(value)}`)}`,
    predict: () => evaluate(operands, { ...node.attrs, ...changed } as Node["attrs"]),
  }));
}

/** The op left out: its operand in the place of its result. */
function skipHypotheses({ node, operands, result }: NodeValues): readonly Hypothesis[] {
  return operands.flatMap((operand, index): readonly Hypothesis[] => {
    if (operand.data.length !== result.data.length) return [];
    const isFactor =
      (node.op === "mul" || node.op === "div") && operands.some((x) => x !== operand && x.data.length === 1);
    const kind: CauseKind = isFactor ? "wrong scale" : node.op === "transpose" ? "swapped layout" : "other op";
    return [
      { kind, words: `left out: operand ${index} in its place`, predict: () => ({ ...result, data: operand.data }) },
    ];
  });
}
