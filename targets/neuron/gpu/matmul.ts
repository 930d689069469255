// The product of the systolic array. Matmuls that follow each other into the same place of PSUM are the links of a chain:
// one invocation owns up to 8 x 8 elements of the place, which it keeps in registers, and goes through the links in order,
// so that the chain is one piece of work. All in f32, in the order that the instruction says: products of runs of rows, the runs' sums, PSUM.
// Source of the form: measured, see the header of targets/webgpu/matmul.ts.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { dtypeTexts } from "./dtype-texts.ts";
import { type Kernel, type Kernels, kernelOf, memoryBindings, moduleText, recordText, shapesKey } from "./kernel.ts";
import { elementsPerWord, isPacked, type Place, squareLanes } from "./places.ts";
import { type ElementTexts, makeTexts, placeFields, type RecordField } from "./texts.ts";

/** Rows of one invocation; its columns are held as vectors. */
export const tileRows = 8;
const vector = 4;

/** Columns of one invocation, and invocations of a workgroup along rows and columns. */
interface Tiling {
  readonly tileColumns: number;
  readonly lanes: number;
}

const wide: Tiling = { tileColumns: 8, lanes: squareLanes };
/** So that no invocation has columns beyond a place as narrow as that. */
const narrow: Tiling = { tileColumns: 4, lanes: 4 };

const tilingOf = ({ free }: Place): Tiling => (free <= narrow.tileColumns * narrow.lanes ? narrow : wide);

/** Rows of the operands whose products are added up before their sum goes to the others. Source: the matmul instruction. */
const rowsPerRun = 16;

const counts = (end: number): readonly number[] => [...new Array(end).keys()];
const vectorsOf = ({ tileColumns }: Tiling): readonly number[] => counts(tileColumns / vector);
const eachSum = <T>(tiling: Tiling, f: (i: number, v: number) => T): readonly T[] =>
  counts(tileRows).flatMap((i) => vectorsOf(tiling).map((v) => f(i, v)));

/** One matmul. moving: [k, n], held: [k, m]. */
export interface ProductLink {
  readonly reads: readonly Place[];
  readonly record: readonly number[];
}

/** A matmul as the first link of a chain, with all that the chain is. */
export interface Product {
  readonly kernel: Kernel;
  /** [m, n] in PSUM. */
  readonly dst: Place;
  readonly accumulate: boolean;
  readonly link: ProductLink;
  /** The chain's record, but for the number of its first link and of its links. */
  readonly record: readonly number[];
}

/** Workgroups along columns and rows of a product of m rows and n columns. */
export function productWorkgroups(dst: Place): readonly [number, number] {
  const { rows, free } = dst;
  const { tileColumns, lanes } = tilingOf(dst);
  return [Math.ceil(free / (lanes * tileColumns)), Math.ceil(rows / (lanes * tileRows))];
}

export interface ProductOperands {
  readonly dst: Place;
  readonly moving: Place;
  readonly held: Place;
  /** With 2, moving: [k, 2 n] and held: [k, 2 m] are two operands side by side, the second contracted after the first. */
  readonly halves: 1 | 2;
}

export function makeProduct(kernels: Kernels, operands: ProductOperands, accumulate: boolean): Product {
  const { dst, moving, held, halves } = operands;
  const linkFields = placeFields(placesByName([moving, held]));
  const chainFields = placeFields(placesByName([dst]));
  const key = `matmul ${halves} ${tilingOf(dst).lanes} ${hasWords(operands)} ${shapesKey([dst, moving, held])}`;
  const kernel = kernelOf(kernels, key, () => makeProductKernel(operands, chainFields, linkFields));
  return {
    kernel,
    dst,
    accumulate,
    link: { reads: [moving, held], record: linkFields.map(({ bits }) => bits) },
    record: [...chainFields.map(({ bits }) => bits), accumulate ? 1 : 0],
  };
}

const placesByName = (places: readonly Place[]): ReadonlyMap<string, Place> =>
  new Map(places.map((place) => [place.name, place]));

/** Behind the fields of the place. */
const chainTail = ["accumulate", "first_link", "links"].map((name) => ({ name, type: "u32" }) as const);

function makeProductKernel(
  operands: ProductOperands,
  chainFields: readonly RecordField[],
  linkFields: readonly RecordField[],
): Kernel {
  const { dst, moving, held } = operands;
  const chain = makeTexts(placesByName([dst]), new Set(), "chain").texts;
  const link = makeTexts(placesByName([moving, held]), new Set(), "link").texts;
  const columns = columnsOf(operands);
  const memories = [...new Set([moving.memory, held.memory, dst.memory])].sort();
  const main = [
    ...startLines(chain, columns),
    ...eachSum(columns.tiling, (i, v) => `var total${i}_${v} = vec4f();`),
    "if (chain.accumulate == 1u) {",
    ...loadLines(chain, dst, columns).map((line) => `  ${line}`),
    "}",
    "for (var at = 0u; at < chain.links; at++) {",
    "  let link = links[chain.first_link + at];",
    ...linkLines(link, operands, columns).map((line) => `  ${line}`),
    ...eachSum(columns.tiling, (i, v) => `  total${i}_${v} += sum${i}_${v};`),
    "}",
    ...storeLines(chain, dst, columns),
  ];
  const text = `${recordText("Chain", [...chainFields, ...chainTail])}
${recordText("Link", linkFields)}
@group(0) @binding(0) var<storage, read> chains: array<Chain>;
@group(0) @binding(1) var<storage, read> links: array<Link>;
${memoryBindings(memories, 2)}
@compute @workgroup_size(${columns.tiling.lanes}, ${columns.tiling.lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
${main.map((line) => `  ${line}`).join("\n")}
}
`;
  return { name: "matmul", wgsl: moduleText(text), memories, hasChains: true };
}

/** How the columns of an invocation lie: neighbouring invocations read neighbouring words. */
interface Columns {
  readonly tiling: Tiling;
  /** The others, as distances from the first one. */
  readonly offsets: readonly number[];
  /** Columns that are read as one word; 1 also where they do not lie side by side. */
  readonly perWord: number;
  readonly hasWords: boolean;
}

/** Whether the columns of a row follow each other in whole words, those of a second half too. */
function hasWords({ dst, moving, halves }: ProductOperands): boolean {
  const isAligned = halves === 1 || dst.free % elementsPerWord(moving.dtype) === 0;
  return isPacked(moving) && moving.dims.length === 1 && isAligned;
}

function columnsOf(operands: ProductOperands): Columns {
  const perWord = hasWords(operands) ? elementsPerWord(operands.moving.dtype) : 1;
  const tiling = tilingOf(operands.dst);
  const { tileColumns, lanes } = tiling;
  const offsets = counts(tileColumns).map((j) => Math.floor(j / perWord) * lanes * perWord + (j % perWord));
  return { tiling, offsets, perWord, hasWords: hasWords(operands) };
}

function startLines(texts: ElementTexts, { perWord, tiling }: Columns): readonly string[] {
  const { tileColumns, lanes } = tiling;
  return [
    "let chain = chains[group.z];",
    `let row = (group.y * ${lanes}u + lane.y) * ${tileRows}u;`,
    `let column = group.x * ${lanes * tileColumns}u + lane.x * ${perWord}u;`,
    `if (row >= ${texts.rows("dst")} || column >= ${texts.free("dst")}) { return; }`,
  ];
}

/** The sums of one link. Beyond the last row and column it reads what is there, and nothing stores it. */
function linkLines(texts: ElementTexts, operands: ProductOperands, columns: Columns): readonly string[] {
  const { moving, halves } = operands;
  const { tiling } = columns;
  const rows = texts.rows("moving");
  const starts = (half: number): readonly string[] => [
    `x_at = link.held_base + row + ${half}u * chain.dst_rows;`,
    `y_at = (link.moving_base + column + ${half}u * chain.dst_free) / ${columns.perWord}u;`,
  ];
  const moved = columns.hasWords ? wordLines(moving, columns) : elementLines(texts, halves, columns);
  return [
    ...eachSum(tiling, (i, v) => `var sum${i}_${v} = vec4f();`),
    "var x_at = 0u;",
    "var y_at = 0u;",
    ...starts(0),
    `for (var first = 0u; first < ${rows} * ${halves}u; first += ${rowsPerRun}u) {`,
    ...eachSum(tiling, (i, v) => `  var part${i}_${v} = vec4f();`),
    `  let last = min(first + ${rowsPerRun}u, ${rows} * ${halves}u);`,
    "  for (var q = first; q < last; q++) {",
    ...(halves === 2 ? [`    if (q == ${rows}) {`, ...starts(1), "    }"] : []),
    ...moved.map((line) => `    ${line}`),
    ...counts(tileRows).flatMap((i) => [
      `    let x${i} = bitcast<f32>(held[x_at + ${i}u]);`,
      ...vectorsOf(tiling).map((v) => `    part${i}_${v} += x${i} * y${v};`),
    ]),
    "    x_at += link.held_row;",
    `    y_at += link.moving_row / ${columns.perWord}u;`,
    "  }",
    ...eachSum(tiling, (i, v) => `  sum${i}_${v} += part${i}_${v};`),
    "}",
  ];
}

/** The columns of row q in whole words. */
function wordLines({ memory, dtype }: Place, { offsets, perWord }: Columns): readonly string[] {
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

/** The columns of row q one by one. */
function elementLines(texts: ElementTexts, halves: number, { offsets }: Columns): readonly string[] {
  const [row, half] =
    halves === 1 ? ["q", ""] : ["(q % link.moving_rows)", " + (q / link.moving_rows) * chain.dst_free"];
  return vectorLines(offsets.map((offset) => texts.value("moving", row, `column + ${offset}u${half}`)));
}

const vectorLines = (elements: readonly string[]): readonly string[] =>
  counts(elements.length / vector).map(
    (v) => `let y${v} = vec4f(${elements.slice(v * vector, (v + 1) * vector).join(", ")});`,
  );

/** Lines for each column of the invocation that lies within the place, at `at_column`; `j` is its number. */
function columnLines(texts: ElementTexts, { perWord, tiling }: Columns, lines: readonly string[]): readonly string[] {
  const { tileColumns, lanes } = tiling;
  const place = `column + (j / ${perWord}u) * ${lanes * perWord}u + j % ${perWord}u`;
  return [
    `for (var j = 0u; j < ${tileColumns}u; j++) {`,
    `  let at_column = ${place};`,
    `  if (at_column >= ${texts.free("dst")}) { break; }`,
    ...lines.map((line) => `  ${line}`),
    "}",
  ];
}

/** What the place holds. */
function loadLines(texts: ElementTexts, { memory }: Place, columns: Columns): readonly string[] {
  const loadRow = (i: number): readonly string[] => {
    const old = `bitcast<f32>(${memory}[${texts.index("dst", `(row + ${i}u)`, "at_column")}])`;
    const into = vectorsOf(columns.tiling).map(
      (v) => `if (j / ${vector}u == ${v}u) { total${i}_${v}[j % ${vector}u] = ${old}; }`,
    );
    return [`if (row + ${i}u < ${texts.rows("dst")}) {`, ...into.map((line) => `  ${line}`), "}"];
  };
  return columnLines(texts, columns, counts(tileRows).flatMap(loadRow));
}

/** A loop over the columns, since this is little work and would be most of the text. */
function storeLines(texts: ElementTexts, { memory }: Place, columns: Columns): readonly string[] {
  const storeRow = (i: number): string => {
    const [low = "", high = low] = vectorsOf(columns.tiling).map((v) => `total${i}_${v}[j % ${vector}u]`);
    const index = texts.index("dst", `(row + ${i}u)`, "at_column");
    const stored = `${memory}[${index}] = bitcast<u32>(${low === high ? low : `select(${low}, ${high}, j >= ${vector}u)`});`;
    return `if (row + ${i}u < ${texts.rows("dst")}) { ${stored} }`;
  };
  return columnLines(texts, columns, counts(tileRows).map(storeRow));
}
