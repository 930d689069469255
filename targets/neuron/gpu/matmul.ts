// The product of the systolic array. Matmuls that follow each other into the same place of PSUM are the links of a chain:
// one invocation owns up to 64 elements of the place, which it keeps in registers, and goes through the links in order,
// so that the chain is one piece of work. All in f32, in the order that the instruction says: products of runs of rows, the
// runs' sums, PSUM, which may be bf16: then the sum is rounded after each link.
// Source of the form: measured, see the header of targets/webgpu/matmul.ts.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { GpuLimits } from "../../gpu-host/gpu.ts";
import { aloneRows, hasQuads, quadRows, type RowValues } from "../../gpu-host/wgsl/row-values.ts";
import { dtypeTexts } from "./dtype-texts.ts";
import { type Kernel, type Kernels, kernelOf, memoryBindings, moduleText, recordText, shapesKey } from "./kernel.ts";
import { packedElements, scaleRowText } from "./mx-texts.ts";
import { type DevicePlace, elementsPerWord, isPacked, squareLanes } from "./places.ts";
import { type ElementTexts, makeTexts, placeFields, type RecordField } from "./texts.ts";

/** The most rows of one invocation. */
export const maxTileRows = 16;
/** An invocation's columns are held as vectors. */
const vector = 4;

/** Rows and columns of one invocation, and invocations of a workgroup along columns and rows. */
interface Tiling {
  readonly rows: number;
  readonly columns: number;
  readonly lanes: readonly [columns: number, rows: number];
  readonly isQuad: boolean;
}

/** Of a place as narrow as four columns of four invocations no invocation has columns beyond it. */
function tilingOf({ rows, free }: DevicePlace, adapter: Adapter): Tiling {
  const isNarrow = free <= 4 * vector;
  if (hasQuads(adapter, rows)) {
    const lanes: Tiling["lanes"] = [isNarrow ? 4 : 16, 1];
    return { rows: rows <= 4 ? 4 : maxTileRows, columns: vector, lanes, isQuad: true };
  }
  const lanes = isNarrow ? 4 : squareLanes;
  return { rows: 8, columns: isNarrow ? vector : 8, lanes: [lanes, lanes], isQuad: false };
}

type Adapter = Pick<GpuLimits, "subgroupSize">;

/** Rows of the operands whose products are added up before their sum goes to the others. Source: the matmul instruction. */
const rowsPerRun = 16;

const counts = (end: number): readonly number[] => [...new Array(end).keys()];
const vectorsOf = ({ columns }: Tiling): readonly number[] => counts(columns / vector);
const eachSum = <T>(tiling: Tiling, f: (i: number, v: number) => T): readonly T[] =>
  counts(tiling.rows).flatMap((i) => vectorsOf(tiling).map((v) => f(i, v)));

/** One matmul. */
export interface ProductLink {
  readonly reads: readonly DevicePlace[];
  readonly record: readonly number[];
}

/** A matmul as the first link of a chain, with all that the chain is. */
export interface Product {
  readonly kernel: Kernel;
  /** [m, n] in PSUM. */
  readonly dst: DevicePlace;
  readonly workgroups: readonly [columns: number, rows: number];
  readonly accumulate: boolean;
  readonly link: ProductLink;
  /** The chain's record, but for the number of its first link and of its links. */
  readonly record: readonly number[];
}

function workgroupsOf({ rows, free }: DevicePlace, { lanes, ...tiling }: Tiling): readonly [number, number] {
  return [Math.ceil(free / (lanes[0] * tiling.columns)), Math.ceil(rows / (lanes[1] * tiling.rows))];
}

/**
 * How the contracted elements lie. `plain`: moving: [k, n], held: [k, m]. `halves`: moving: [k, 2 n] and held: [k, 2 m] are
 * two operands side by side, the second contracted after the first. `packed`: moving: [k, 4 n] has four contracted elements
 * side by side, and scales; held: [4 k, m].
 */
export type ProductForm = "plain" | "halves" | "packed";

export interface ProductOperands {
  readonly dst: DevicePlace;
  readonly moving: DevicePlace;
  /** What picks the moving operand's elements, which names it then. */
  readonly indices?: DevicePlace | undefined;
  readonly stationary: DevicePlace;
  readonly form: ProductForm;
  /** Where it is packed: the scales, and in which row those of a quadrant begin. */
  readonly scales?: { readonly place: DevicePlace; readonly firstRow: number };
  /** Whose elements count as NaN where they are neither 0 nor 1. */
  readonly onezero?: "moving" | "stationary";
  readonly adapter: Adapter;
}

/** Contracted elements in each row of the moving operand. */
const perRow: { readonly [F in ProductForm]: number } = { plain: 1, halves: 2, packed: packedElements };

export function makeProduct(kernels: Kernels, operands: ProductOperands, accumulate: boolean): Product {
  const { dst, form, scales, onezero } = operands;
  const reads = readsOf(operands);
  const firstRow: RecordField = { name: "first_row", type: "u32", bits: scales?.firstRow ?? 0 };
  const linkFields = [...placeFields(placesByName(reads)), firstRow];
  const chainFields = placeFields(placesByName([dst]));
  const tiling = tilingOf(dst, operands.adapter);
  const key = `matmul ${form} ${onezero} ${tiling.rows} ${tiling.lanes} ${hasWords(operands)} ${shapesKey([dst, ...reads])}`;
  const kernel = kernelOf(kernels, key, () => makeProductKernel(operands, chainFields, linkFields));
  return {
    kernel,
    dst,
    workgroups: workgroupsOf(dst, tiling),
    accumulate,
    link: { reads, record: linkFields.map(({ bits }) => bits) },
    record: [...chainFields.map(({ bits }) => bits), accumulate ? 1 : 0],
  };
}

const readsOf = ({ moving, stationary, scales, indices }: ProductOperands): readonly DevicePlace[] =>
  [moving, stationary, scales?.place, indices].filter((place) => place !== undefined);

const placesByName = (places: readonly DevicePlace[]): ReadonlyMap<string, DevicePlace> =>
  new Map(places.map((place) => [place.name, place]));

/** After the fields of the place. */
const chainTail = ["accumulate", "first_link", "links"].map((name) => ({ name, type: "u32" }) as const);

function makeProductKernel(
  operands: ProductOperands,
  chainFields: readonly RecordField[],
  linkFields: readonly RecordField[],
): Kernel {
  const { dst } = operands;
  const reads = readsOf(operands);
  const chain = makeTexts(placesByName([dst]), new Set(), "chain").texts;
  const link = makeTexts(placesByName(reads), new Set(), "link").texts;
  const elements = elementsOf(operands);
  const memories = [...new Set([dst, ...reads].map(({ memory }) => memory))].sort();
  const main = [
    ...startLines(chain, elements),
    ...eachSum(elements.tiling, (i, v) => `var total${i}_${v} = vec4f();`),
    "if (chain.accumulate == 1u) {",
    ...loadLines(chain, elements).map((line) => `  ${line}`),
    "}",
    "for (var at = 0u; at < chain.links; at++) {",
    "  let link = links[chain.first_link + at];",
    ...linkLines(link, operands, elements).map((line) => `  ${line}`),
    ...eachSum(elements.tiling, (i, v) => totalLine(dst, i, v)),
    "}",
    ...storeLines(chain, elements),
  ];
  const text = `${recordText("Chain", [...chainFields, ...chainTail])}
${recordText("Link", linkFields)}
@group(0) @binding(0) var<storage, read> chains: array<Chain>;
@group(0) @binding(1) var<storage, read> links: array<Link>;
${memoryBindings(memories, 2, hasWordElements(dst) ? undefined : dst.memory)}
${sumFunctions(dst)}
fn one_or_zero(x: f32) -> f32 {
  if (x == 0.0 || x == 1.0) { return x; }
  return float_of(0x7fc00000u);
}
@compute @workgroup_size(${elements.tiling.lanes.join(", ")})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u${elements.rowValues.builtin}) {
${main.map((line) => `  ${line}`).join("\n")}
}
`;
  return { name: "matmul", wgsl: `${elements.rowValues.enable}${moduleText(text)}`, memories, hasChains: true };
}

const hasWordElements = ({ dtype }: DevicePlace): boolean => elementsPerWord(dtype) === 1;

/** Functions for an element of the result as f32; elements that share a word may be other invocations'. */
function sumFunctions({ memory, dtype }: DevicePlace): string {
  const { decode, encode } = dtypeTexts[dtype];
  const perWord = elementsPerWord(dtype);
  const load = "fn sum_at(i: u32) -> f32 {";
  const store = "fn put(i: u32, x: f32) {";
  if (perWord === 1) {
    return `${load} return ${decode(`${memory}[i]`)}; }
${store} ${memory}[i] = ${encode("x")}; }`;
  }
  const bits = dtypeBytes(dtype) * 8;
  const mask = `${2 ** bits - 1}u`;
  const shift = `((i % ${perWord}u) * ${bits}u)`;
  const word = `&${memory}[i / ${perWord}u]`;
  return `${load} return ${decode(`((atomicLoad(${word}) >> ${shift}) & ${mask})`)}; }
${store}
  atomicAnd(${word}, ~(${mask} << ${shift}));
  atomicOr(${word}, ${encode("x")} << ${shift});
}
fn rounded(x: f32) -> f32 { return ${decode(encode("x"))}; }`;
}

/** A sum goes into the result's dtype after each link. */
const totalLine = (dst: DevicePlace, i: number, v: number): string => {
  const total = `total${i}_${v}`;
  if (hasWordElements(dst)) return `  ${total} += sum${i}_${v};`;
  const elements = counts(vector).map((e) => `rounded(${total}[${e}] + sum${i}_${v}[${e}])`);
  return `  ${total} = vec4f(${elements.join(", ")});`;
};

/** How the elements of an invocation lie: neighbouring invocations read neighbouring words. */
interface Elements {
  readonly tiling: Tiling;
  readonly rowValues: RowValues;
  /** Its columns, as distances from the first one. */
  readonly offsets: readonly number[];
  /** Columns that are read as one word; 1 also where they do not lie side by side. */
  readonly perWord: number;
  readonly hasWords: boolean;
}

/** Whether the columns of a row follow each other in whole words, those of a second half too. */
function hasWords({ dst, moving, form, onezero }: ProductOperands): boolean {
  if (form === "packed" || onezero === "moving" || moving.indices !== undefined) return false;
  const isAligned = form === "plain" || dst.free % elementsPerWord(moving.dtype) === 0;
  return isPacked(moving) && moving.dims.length === 1 && isAligned;
}

function elementsOf(operands: ProductOperands): Elements {
  const perWord = hasWords(operands) ? elementsPerWord(operands.moving.dtype) : 1;
  const tiling = tilingOf(operands.dst, operands.adapter);
  const { rows, columns, lanes, isQuad } = tiling;
  const rowValues = isQuad ? quadRows(rows) : aloneRows(rows);
  const offsets = counts(columns).map((j) => Math.floor(j / perWord) * lanes[0] * perWord + (j % perWord));
  return { tiling, rowValues, offsets, perWord, hasWords: hasWords(operands) };
}

function startLines(texts: ElementTexts, { perWord, tiling, rowValues }: Elements): readonly string[] {
  const [laneColumns, laneRows] = tiling.lanes;
  // Quads stay together: what one of them has beyond the last column it computes for its neighbours.
  const isBeyond = tiling.isQuad ? "" : ` || column >= ${texts.free("dst")}`;
  return [
    ...rowValues.start,
    "let chain = chains[group.z];",
    `let row = ${laneRows === 1 ? "group.y" : `(group.y * ${laneRows}u + lane.y)`} * ${tiling.rows}u;`,
    `let column = group.x * ${laneColumns * tiling.columns}u + lane.x * ${perWord}u;`,
    `if (row >= ${texts.rows("dst")}${isBeyond}) { return; }`,
  ];
}

/** The sums of one link. Beyond the last row and column it reads what is there, and nothing stores it. */
function linkLines(texts: ElementTexts, operands: ProductOperands, elements: Elements): readonly string[] {
  const { moving, form } = operands;
  const { tiling } = elements;
  const rows = texts.rows("moving");
  const contracted = `${rows} * ${perRow[form]}u`;
  const starts = (half: number): readonly string[] => [
    `x_at = link.stationary_base + row + ${half}u * chain.dst_rows;`,
    `y_at = (link.moving_base + column + ${half}u * chain.dst_free) / ${elements.perWord}u;`,
  ];
  const products = elements.rowValues.define(
    (index) => stationaryText(operands, `bitcast<f32>(stationary[x_at + ${elements.rowValues.loaded[index]}])`),
    (i) => vectorsOf(tiling).map((v) => `part${i}_${v} += x${i} * y${v};`),
  );
  const moved = elements.hasWords ? wordLines(moving, elements) : elementLines(texts, operands, elements);
  return [
    ...eachSum(tiling, (i, v) => `var sum${i}_${v} = vec4f();`),
    "var x_at = 0u;",
    "var y_at = 0u;",
    ...starts(0),
    `for (var first = 0u; first < ${contracted}; first += ${rowsPerRun}u) {`,
    ...eachSum(tiling, (i, v) => `  var part${i}_${v} = vec4f();`),
    `  let last = min(first + ${rowsPerRun}u, ${contracted});`,
    "  for (var q = first; q < last; q++) {",
    ...(form === "halves" ? [`    if (q == ${rows}) {`, ...starts(1), "    }"] : []),
    ...moved.map((line) => `    ${line}`),
    ...products.map((line) => `    ${line}`),
    "    x_at += link.stationary_row;",
    `    y_at += link.moving_row / ${elements.perWord}u;`,
    "  }",
    ...eachSum(tiling, (i, v) => `  sum${i}_${v} += part${i}_${v};`),
    "}",
  ];
}

/** The columns of row q in whole words. */
function wordLines({ memory, dtype }: DevicePlace, { offsets, perWord }: Elements): readonly string[] {
  const bits = dtypeBytes(dtype) * 8;
  const mask = perWord === 1 ? "" : ` & ${2 ** bits - 1}u`;
  const firsts = offsets.filter((_offset, j) => j % perWord === 0);
  const words = firsts.map((offset, index) => `let w${index} = ${memory}[y_at + ${offset / perWord}u];`);
  const elements = offsets.map((_offset, j) => {
    const word = `w${Math.floor(j / perWord)}`;
    return dtypeTexts[dtype].decode(perWord === 1 ? word : `((${word} >> ${(j % perWord) * bits}u)${mask})`);
  });
  return [...words, ...vectorLines(elements)];
}

/** The columns of contracted element q one by one. */
function elementLines(
  texts: ElementTexts,
  { form, onezero }: ProductOperands,
  { offsets }: Elements,
): readonly string[] {
  const only = onezero === "moving" ? onezeroText : (x: string): string => x;
  return vectorLines(offsets.map((offset) => only(elementText(texts, form, `column + ${offset}u`))));
}

const onezeroText = (x: string): string => `one_or_zero(${x})`;
const stationaryText = ({ onezero }: ProductOperands, x: string): string =>
  onezero === "stationary" ? onezeroText(x) : x;

function elementText(texts: ElementTexts, form: ProductForm, column: string): string {
  switch (form) {
    case "plain":
      return texts.value("moving", "q", column);
    case "halves":
      return texts.value("moving", "(q % link.moving_rows)", `${column} + (q / link.moving_rows) * chain.dst_free`);
    case "packed": {
      const row = `(q / ${packedElements}u)`;
      const x = texts.value("moving", row, `(${column}) * ${packedElements}u + q % ${packedElements}u`);
      return `mx_scaled(${x}, ${texts.raw("scales", scaleRowText(row, "link.first_row"), column)})`;
    }
    default:
      return form satisfies never;
  }
}

const vectorLines = (elements: readonly string[]): readonly string[] =>
  counts(elements.length / vector).map(
    (v) => `let y${v} = vec4f(${elements.slice(v * vector, (v + 1) * vector).join(", ")});`,
  );

/** Lines for each column of the invocation that lies within the place, at `at_column`; `j` is its number. */
function columnLines(texts: ElementTexts, { perWord, tiling }: Elements, lines: readonly string[]): readonly string[] {
  const place = `column + (j / ${perWord}u) * ${tiling.lanes[0] * perWord}u + j % ${perWord}u`;
  return [
    `for (var j = 0u; j < ${tiling.columns}u; j++) {`,
    `  let at_column = ${place};`,
    `  if (at_column >= ${texts.free("dst")}) { break; }`,
    ...lines.map((line) => `  ${line}`),
    "}",
  ];
}

/** What the place holds. */
function loadLines(texts: ElementTexts, elements: Elements): readonly string[] {
  const loadRow = (offset: string, i: number): readonly string[] => {
    const old = `sum_at(${texts.index("dst", `(row + ${offset})`, "at_column")})`;
    const into = vectorsOf(elements.tiling).map(
      (v) => `if (j / ${vector}u == ${v}u) { total${i}_${v}[j % ${vector}u] = ${old}; }`,
    );
    return [`if (row + ${offset} < ${texts.rows("dst")}) {`, ...into.map((line) => `  ${line}`), "}"];
  };
  return columnLines(texts, elements, elements.rowValues.rows.flatMap(loadRow));
}

/** A loop over the columns, since this is little work and would be most of the text. */
function storeLines(texts: ElementTexts, elements: Elements): readonly string[] {
  const storeRow = (offset: string, i: number): string => {
    const [low = "", high = low] = vectorsOf(elements.tiling).map((v) => `total${i}_${v}[j % ${vector}u]`);
    const index = texts.index("dst", `(row + ${offset})`, "at_column");
    const stored = `put(${index}, ${low === high ? low : `select(${low}, ${high}, j >= ${vector}u)`});`;
    return `if (row + ${offset} < ${texts.rows("dst")}) { ${stored} }`;
  };
  return columnLines(texts, elements, elements.rowValues.rows.map(storeRow));
}
