// From a rule's texts to a WGSL module and the record of one execution. Three forms. `elements`: each invocation makes all the
// elements of one word of `dst`, so that no two write into one word; where a row of `dst` is not made of whole words,
// each invocation makes one element and puts it into its word by atomic operations. `rows`: one invocation does all of
// one partition. `columns`: one does all of a word's columns. Executions with the same kernel are of one class and can share a dispatch, each with its own record.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { functionsOf, withFunctions } from "../../gpu-host/wgsl/functions.ts";
import { aluFunctions } from "./alu-texts.ts";
import { dtypeFunctions } from "./dtype-texts.ts";
import { mxFunctions } from "./mx-texts.ts";
import { type DevicePlace, elementsPerWord, isPacked, squareLanes } from "./places.ts";
import { type ElementTexts, makeTexts, type RecordField } from "./texts.ts";

/**
 * Invocations of a workgroup, a square as in matmul.ts; fewer where there is little to do, since each of them reads the
 * record. Words or rows that each of them should make.
 */
const maxLanes = squareLanes * squareLanes;
const fewLanes = 16;
const itemsPerLane = 4;
const lanesFor = (items: number): number => (items <= fewLanes * itemsPerLane ? fewLanes : maxLanes);

/** Where kernels report a row that a table does not have: for each instruction that can, a flag, the row, the last one. */
export const faultMemory = "faults";
export const faultWords = 3;

/** A class of executions: one object for each class. */
export interface Kernel {
  /** The instruction, for people. */
  readonly name: string;
  readonly wgsl: string;
  /** Memories bound after the records, in order. */
  readonly memories: readonly string[];
  /** Its members are chains of links, whose records are a second table. */
  readonly hasChains: boolean;
}

/** The classes so far, by what tells them apart. */
export type Kernels = Map<string, Kernel>;

/** One execution of a class. */
export interface Launch {
  readonly kernel: Kernel;
  readonly record: readonly number[];
  readonly workgroups: number;
}

/** An execution's instruction, its operands' places by name, and what its rule says. */
export interface LaunchInput {
  readonly name: string;
  readonly places: ReadonlyMap<string, DevicePlace>;
  readonly body: (texts: ElementTexts) => string;
}

/** Finds the kernel of a class, or makes it. */
export function kernelOf(kernels: Kernels, key: string, make: () => Kernel): Kernel {
  const known = kernels.get(key) ?? make();
  kernels.set(key, known);
  return known;
}

/** What of the places the text of a kernel depends on. */
export function shapesKey(places: Iterable<DevicePlace>): string {
  return [...places].map(({ name, memory, dtype, dims }) => `${name} ${memory} ${dtype} ${dims.length}`).join(";");
}

/** `body` ends in a return of the bits of element (p, f) of dst. */
export function elementsLaunch(kernels: Kernels, { name, places, body }: LaunchInput): Launch {
  const dst = places.get("dst");
  invariant(dst !== undefined, "an instruction has a dst");
  const perWord = elementsPerWord(dst.dtype);
  const isShared = perWord > 1 && !isPacked(dst);
  const { texts, fields } = makeTexts(places, new Set(isShared ? [dst.memory] : []));
  const statements = body(texts);
  const perItem = isShared ? 1 : perWord;
  const items = dst.rows * Math.ceil(dst.free / perItem);
  const lanes = lanesFor(items);
  const key = `${name} ${isShared} ${lanes} ${shapesKey(places.values())} ${statements}`;
  const kernel = kernelOf(kernels, key, () => {
    const store = isShared ? sharedStore(dst) : perWord === 1 ? wordStore(dst) : packedStore(dst, texts);
    const main = `
  let per_row = (r.dst_free + ${perItem - 1}u) / ${perItem}u;
  for (var item = group.x * ${lanes}u + lane; item < r.dst_rows * per_row; item += groups.x * ${lanes}u) {
    let p = item / per_row;
    let f = (item % per_row) * ${perItem}u;
    let i = ${texts.index("dst", "p", "f")};
${store}
  }`;
    const element = `fn element(r: Record, p: u32, f: u32) -> u32 {\n${statements}\n}`;
    const atomic = isShared ? dst.memory : undefined;
    return makeKernel({ name, places, fields, lanes, functions: element, main, atomic });
  });
  return makeLaunch(kernel, fields, { items, lanes });
}

/** Words that an invocation copies at a time, for which it finds their places once. */
const wordsPerCopy = 4;

/** Whether `src` goes to `dst` in runs of so many words: both have one dtype of 4 B, and runs of neighbours in so many. */
export function isRunCopy(places: ReadonlyMap<string, DevicePlace>): boolean {
  const [dst, src] = [places.get("dst"), places.get("src")];
  return dst?.dtype === src?.dtype && [dst, src].every((place) => place !== undefined && hasWordRuns(place));
}

function hasWordRuns({ dtype, indices, dims }: DevicePlace): boolean {
  const inner = dims.at(-1);
  const isDirect = elementsPerWord(dtype) === 1 && indices === undefined;
  return isDirect && inner !== undefined && inner.stride === 1 && inner.size % wordsPerCopy === 0;
}

/** A copy for which `isRunCopy` holds. */
export function runCopyLaunch(kernels: Kernels, { name, places }: Omit<LaunchInput, "body">): Launch {
  const { texts, fields } = makeTexts(places);
  const [dst, src] = [places.get("dst"), places.get("src")];
  invariant(dst !== undefined && src !== undefined, "a copy has a dst and a src");
  const items = dst.rows * (dst.free / wordsPerCopy);
  const lanes = lanesFor(items);
  const kernel = kernelOf(kernels, `runs ${name} ${lanes} ${shapesKey(places.values())}`, () => {
    const words = [...new Array(wordsPerCopy).keys()];
    const main = `
  let per_row = r.dst_free / ${wordsPerCopy}u;
  for (var item = group.x * ${lanes}u + lane; item < r.dst_rows * per_row; item += groups.x * ${lanes}u) {
    let p = item / per_row;
    let f = (item % per_row) * ${wordsPerCopy}u;
    let to = ${texts.index("dst", "p", "f")};
    let at = ${texts.index("src", "p", "f")};
${words.map((word) => `    ${dst.memory}[to + ${word}u] = ${src.memory}[at + ${word}u];`).join("\n")}
  }`;
    return makeKernel({ name, places, fields, lanes, functions: "", main, atomic: undefined });
  });
  return makeLaunch(kernel, fields, { items, lanes });
}

const wordStore = ({ memory }: DevicePlace): string => `    ${memory}[i] = element(r, p, f);`;

/** A whole word, or what is left of the row, put into the word that it shares with what lies after it. */
function packedStore({ memory, dtype }: DevicePlace, texts: ElementTexts): string {
  const perWord = elementsPerWord(dtype);
  const bits = dtypeBytes(dtype) * 8;
  const parts = [...new Array(perWord).keys()].map((e) => `(element(r, p, f + ${e}u) << ${e * bits}u)`);
  // What is beyond the row is computed and dropped: the text of an element is compiled once for each place that it is called at.
  return `    let left = ${texts.free("dst")} - f;
    let word = ${parts.join(" | ")};
    if (left >= ${perWord}u) { ${memory}[i / ${perWord}u] = word; }
    else {
      let kept = (1u << (left * ${bits}u)) - 1u;
      ${memory}[i / ${perWord}u] = (${memory}[i / ${perWord}u] & ~kept) | (word & kept);
    }`;
}

function sharedStore({ memory, dtype }: DevicePlace): string {
  const perWord = elementsPerWord(dtype);
  const bits = dtypeBytes(dtype) * 8;
  return `    let raw = element(r, p, f);
    let shift = (i % ${perWord}u) * ${bits}u;
    atomicAnd(&${memory}[i / ${perWord}u], ~(${2 ** bits - 1}u << shift));
    atomicOr(&${memory}[i / ${perWord}u], raw << shift);`;
}

/** `body` gives statements for partition `p`, with loops of their own; `by` is the operand whose partitions count. */
export function rowsLaunch(kernels: Kernels, by: string, { name, places, body }: LaunchInput): Launch {
  const { texts, fields } = makeTexts(places);
  const statements = body(texts);
  const items = (places.get(by)?.rows ?? 0) * itemsPerLane;
  const lanes = lanesFor(items);
  const kernel = kernelOf(kernels, `${name} ${lanes} ${shapesKey(places.values())} ${statements}`, () => {
    const main = `
  for (var p = group.x * ${lanes}u + lane; p < ${texts.rows(by)}; p += groups.x * ${lanes}u) {
${statements}
  }`;
    return makeKernel({ name, places, fields, lanes, functions: "", main, atomic: undefined });
  });
  return makeLaunch(kernel, fields, { items, lanes });
}

/** As `elementsLaunch`, where indices say where the elements go: one invocation does a partition, in order. */
export function scatterLaunch(kernels: Kernels, { name, places, body }: LaunchInput): Launch {
  const { texts, fields } = makeTexts(places);
  const statements = body(texts);
  const items = (places.get("dst")?.rows ?? 0) * itemsPerLane;
  const lanes = lanesFor(items);
  const kernel = kernelOf(kernels, `scatter ${name} ${lanes} ${shapesKey(places.values())} ${statements}`, () => {
    const main = `
  for (var p = group.x * ${lanes}u + lane; p < ${texts.rows("dst")}; p += groups.x * ${lanes}u) {
    for (var f = 0u; f < ${texts.free("dst")}; f++) {
      let raw = element(r, p, f);
      ${texts.store("dst", "p", "f", "raw")}
    }
  }`;
    const functions = `fn element(r: Record, p: u32, f: u32) -> u32 {\n${statements}\n}`;
    return makeKernel({ name, places, fields, lanes, functions, main, atomic: undefined });
  });
  return makeLaunch(kernel, fields, { items, lanes });
}

/**
 * `body` gives statements for element (p, f) of src. An invocation owns the columns of `table` that share words, and goes
 * through the rows in order; where rows are not made of whole words, one invocation does all.
 */
export function columnsLaunch(kernels: Kernels, { name, places, body }: LaunchInput): Launch {
  const table = places.get("table");
  invariant(table !== undefined, "a scatter has a table");
  const perWord = elementsPerWord(table.dtype);
  const isOwned = perWord === 1 || isPacked(table);
  const { texts, fields } = makeTexts(places);
  const statements = body(texts);
  const items = isOwned ? Math.ceil(table.free / perWord) * itemsPerLane : 1;
  const lanes = lanesFor(items);
  const kernel = kernelOf(kernels, `${name} ${isOwned} ${lanes} ${shapesKey(places.values())} ${statements}`, () => {
    const main = `
  let per_item = ${isOwned ? `${perWord}u` : texts.free("table")};
  for (var item = group.x * ${lanes}u + lane; item * per_item < ${texts.free("table")}; item += groups.x * ${lanes}u) {
    for (var f = item * per_item; f < min((item + 1u) * per_item, ${texts.free("table")}); f++) {
      for (var p = 0u; p < ${texts.rows("src")}; p++) {
${statements}
      }
    }
  }`;
    return makeKernel({ name, places, fields, lanes, functions: "", main, atomic: undefined });
  });
  return makeLaunch(kernel, fields, { items, lanes });
}

interface LaunchShape {
  readonly items: number;
  readonly lanes: number;
}

function makeLaunch(kernel: Kernel, fields: readonly RecordField[], { items, lanes }: LaunchShape): Launch {
  return {
    kernel,
    record: fields.map(({ bits }) => bits),
    workgroups: Math.ceil(items / (lanes * itemsPerLane)),
  };
}

interface KernelParts {
  readonly name: string;
  readonly places: ReadonlyMap<string, DevicePlace>;
  readonly fields: readonly RecordField[];
  readonly lanes: number;
  readonly functions: string;
  readonly main: string;
  readonly atomic: string | undefined;
}

function makeKernel({ name, places, fields, lanes, functions, main, atomic }: KernelParts): Kernel {
  const used = [...places.values()].map(({ memory }) => memory);
  const memories = [
    ...new Set(`${functions}${main}`.includes(`${faultMemory}[`) ? [...used, faultMemory] : used),
  ].sort();
  const text = `${recordText("Record", fields)}
@group(0) @binding(0) var<storage, read> records: array<Record>;
${memoryBindings(memories, 1, atomic)}
${functions}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = records[group.y];${main}
}
`;
  return { name, wgsl: moduleText(text), memories, hasChains: false };
}

/** The memories as arrays of words, bound from `first` on. */
export function memoryBindings(memories: readonly string[], first: number, atomic?: string): string {
  const bindings = memories.map((memory, index) => {
    const word = memory === atomic ? "atomic<u32>" : "u32";
    return `@group(0) @binding(${index + first}) var<storage, read_write> ${memory}: array<${word}>;`;
  });
  return bindings.join("\n");
}

/** The record of a class, as a struct. */
export function recordText(name: string, fields: readonly Pick<RecordField, "name" | "type">[]): string {
  return `struct ${name} {\n${fields.map((field) => `  ${field.name}: ${field.type},`).join("\n")}\n}`;
}

const functions = functionsOf([dtypeFunctions, aluFunctions, mxFunctions].map((text) => text.trim()).join("\n"));

/** A whole module: with the functions that the text calls. */
export function moduleText(text: string): string {
  return withFunctions(text, functions);
}
