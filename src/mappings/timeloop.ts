// Timeloop's mappings: `mapping` with its directives, `problem`, and `architecture`, which says the order of the memories; they may be in one
// file or in several. Source: timeloop.csail.mit.edu/v4/input-formats, and src/mapping/parser.cpp of github.com/NVlabs/timeloop.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { HeldLevel, MappedTensor, Mapping, MappingLoop } from "./mapping.ts";
import { findProduct, type Problem, type ProblemTensor, type ProductProblem, readTrips } from "./product-dims.ts";
import { type Memory, readMemories } from "./timeloop-memories.ts";
import {
  describeNode,
  entryAt,
  entryOf,
  itemsOf,
  keysOf,
  spanOf,
  textOf,
  wordsOf,
  type YamlNode,
} from "./yaml-file.ts";

export function readTimeloop(roots: readonly YamlNode[], mapping: YamlNode): Result<Mapping> {
  const found = (key: string): YamlNode | undefined =>
    roots.map((root) => entryOf(root, key)).find((node) => node !== undefined);
  const problemNode = found("problem");
  if (problemNode === undefined) {
    return fail([
      at(
        problem("E1603", { file: mapping.source.name, why: "there is no `problem` beside its `mapping`" }),
        spanOf(mapping),
      ),
    ]);
  }
  const read = readProblem(problemNode);
  if (!read.ok) return read;
  const product = findProduct(read.value);
  if (!product.ok) return product;
  const directives = readDirectives(mapping, read.value);
  if (!directives.ok) return directives;
  const memories = readMemories(
    found("architecture") ?? found("arch"),
    directives.value.map(({ target }) => target),
    mapping,
  );
  if (!memories.ok) return memories;
  return assemble(product.value, { mapping, directives: directives.value, memories: memories.value });
}

/** `[[[M]], [[K]]]`: each axis is a sum of terms, each term a dimension and its coefficients. */
function readProblem(node: YamlNode): Result<Problem> {
  const shape = entryOf(node, "shape");
  const spaces = itemsOf(entryOf(shape, "data_spaces") ?? entryOf(shape, "data-spaces"));
  const names = wordsOf(entryOf(shape, "dimensions"));
  if (spaces === undefined || names === undefined)
    return expected(node, "a `shape` with `dimensions` and `data_spaces`");
  const instance = entryOf(node, "instance") ?? node;
  const sizes = new Map<string, number>();
  const wrong: Diagnostic[] = [];
  for (const name of names) {
    const size = entryOf(instance, name);
    const trips = readTrips(textOf(size));
    if (trips !== undefined) sizes.set(name, trips);
    else wrong.push(...errorsOf(expected(size ?? instance, `the size of ${name}`)));
  }
  const tensors = spaces.map((space): ProblemTensor => {
    const dims = new Set<string>();
    for (const axis of itemsOf(entryOf(space, "projection")) ?? [])
      for (const term of itemsOf(axis) ?? []) {
        const [dim] = itemsOf(term) ?? [];
        dims.add(textOf(dim) ?? textOf(term) ?? "");
      }
    const isOutput = textOf(entryOf(space, "read_write") ?? entryOf(space, "read-write"))?.toLowerCase() === "true";
    return { name: textOf(entryOf(space, "name")) ?? "", dims, isOutput };
  });
  const strided = names.find((name) => (sizes.get(name) ?? 1) > 1 && hasCompany(spaces, name, sizes));
  if (strided !== undefined) {
    wrong.push(
      at(
        problem("E1606", { what: showName(`an axis that is a sum of ${strided} and another dimension`) }),
        spanOf(node),
      ),
    );
  }
  return wrong.length > 0 ? fail(wrong) : ok({ sizes, tensors, span: spanOf(node) });
}

/** Whether a dimension is one of several in an axis, as in a convolution's window. */
function hasCompany(spaces: readonly YamlNode[], name: string, sizes: ReadonlyMap<string, number>): boolean {
  const axes = spaces.flatMap((space) => itemsOf(entryOf(space, "projection")) ?? []);
  return axes.some((axis) => {
    const dims = (itemsOf(axis) ?? []).map((term) => textOf(itemsOf(term)?.[0]) ?? textOf(term) ?? "");
    return dims.includes(name) && dims.some((other) => other !== name && (sizes.get(other) ?? 1) > 1);
  });
}

export interface Directive {
  readonly node: YamlNode;
  readonly target: string;
  readonly type: "temporal" | "spatial" | "datatype";
  /** Outermost first. */
  readonly loops: readonly MappingLoop[];
  readonly keep: readonly string[];
  readonly bypass: readonly string[];
}

const types: Readonly<Record<string, Directive["type"]>> = {
  temporal: "temporal",
  spatial: "spatial",
  datatype: "datatype",
  dataspace: "datatype",
  bypass: "datatype",
};

/** What changes how accesses are counted, or which element is where. */
const unread = ["no_temporal_reuse", "no_reuse", "no_link_transfer", "rmw_first_update", "no_coalesce"];

const known = ["target", "type", "factors", "permutation", "split", "keep", "bypass", "name", ...unread];

function readDirectives(mapping: YamlNode, given: Problem): Result<readonly Directive[]> {
  const items = itemsOf(mapping);
  if (items === undefined) return expected(mapping, "a list of directives");
  const wrong: Diagnostic[] = [];
  const directives = items.flatMap((node): readonly Directive[] => {
    const read = readDirective(node, given);
    if (!read.ok) wrong.push(...read.error);
    return read.ok ? [read.value] : [];
  });
  return wrong.length > 0 ? fail(wrong) : ok(directives);
}

function readDirective(node: YamlNode, given: Problem): Result<Directive> {
  const target = textOf(entryOf(node, "target"));
  if (target === undefined) return expected(node, "a directive with a `target`");
  const typeNode = entryOf(node, "type");
  const typeText = textOf(typeNode) ?? "";
  const type = Object.hasOwn(types, typeText) ? types[typeText] : undefined;
  if (type === undefined) return expected(typeNode ?? node, "temporal, spatial or datatype");
  const strange = keysOf(node).find((key) => !known.includes(key));
  if (strange !== undefined) return expected(node, `entries among ${known.join(", ")}`, `\`${strange}\``);
  const odd = unread.find((key) => (wordsOf(entryOf(node, key)) ?? []).length > 0);
  if (odd !== undefined)
    return fail([at(problem("E1606", { what: `\`${odd}\`` }), spanOf(entryOf(node, odd) ?? node))]);
  const keep = wordsOf(entryOf(node, "keep")) ?? [];
  const bypass = wordsOf(entryOf(node, "bypass")) ?? [];
  const names = given.tensors.map(({ name }) => name);
  const stranger = [...keep, ...bypass].find((name) => !names.includes(name));
  if (stranger !== undefined) return expected(node, `tensors among ${names.join(", ")}`, `\`${stranger}\``);
  const loops = type === "datatype" ? ok([]) : readLoops(node, { given, isSpatial: type === "spatial" });
  return loops.ok ? ok({ node, target, type, loops: loops.value, keep, bypass }) : loops;
}

/** `factors: K=4 M=8`, `K4 M8` or a list; `permutation` has the innermost dimension first. */
function readLoops(
  node: YamlNode,
  { given, isSpatial }: { readonly given: Problem; readonly isSpatial: boolean },
): Result<readonly MappingLoop[]> {
  const factorsNode = entryOf(node, "factors");
  const orderNode = entryOf(node, "permutation");
  const dims = [...given.sizes.keys()];
  const trips = new Map<string, number>();
  for (const word of factorWords(factorsNode)) {
    const [, dim = "", text = "", residual] = /^([A-Za-z_]+)\s*=?\s*(\d+)(?:,(\d+))?$/.exec(word) ?? [];
    const factor = text === "0" ? given.sizes.get(dim) : readTrips(text);
    if (factor === undefined || !dims.includes(dim)) {
      return expected(
        factorsNode ?? node,
        `factors of ${dims.join(", ")}, as in \`${dims[0] ?? "M"}=4\``,
        `\`${word}\``,
      );
    }
    if (residual !== undefined && residual !== text) {
      return fail([
        at(problem("E1606", { what: `a factor with a remainder, \`${showName(word)}\`` }), spanOf(factorsNode ?? node)),
      ]);
    }
    trips.set(dim, factor);
  }
  const order = orderOf(orderNode, dims);
  if (order === undefined) return expected(orderNode ?? node, `an order of ${dims.join(", ")}`);
  const loops = order.map((dim) => ({ dim, trips: trips.get(dim) ?? 1, isSpatial }));
  return ok(loops.filter((loop) => loop.trips > 1).toReversed());
}

/** `K=4,2` is one word, so commas part words only before a letter. */
function factorWords(node: YamlNode | undefined): readonly string[] {
  const text =
    textOf(node) ??
    itemsOf(node)
      ?.map((item) => textOf(item) ?? "?")
      .join(" ") ??
    "";
  return text
    .split(/[\s,]+(?=[A-Za-z_?])/)
    .map((word) => word.trim().replace(/,$/, ""))
    .filter((word) => word !== "");
}

/** Innermost first; dimensions that are not named come last, in the order of the problem. */
function orderOf(node: YamlNode | undefined, dims: readonly string[]): readonly string[] | undefined {
  const words = wordsOf(node) ?? [];
  const isWords = words.every((word) => dims.includes(word));
  const named = isWords ? words : words.join("").split("");
  if (named.some((dim) => !dims.includes(dim)) || new Set(named).size < named.length) return undefined;
  return [...named, ...dims.filter((dim) => !named.includes(dim))];
}

interface Assembled {
  readonly mapping: YamlNode;
  readonly directives: readonly Directive[];
  /** Outermost first. */
  readonly memories: readonly Memory[];
}

/** Each tensor's levels: a memory that it bypasses gives its loops to the one around it. */
function assemble(product: ProductProblem, { mapping, directives, memories }: Assembled): Result<Mapping> {
  const of = (memory: string, type: Directive["type"]) =>
    directives.filter((directive) => directive.target === memory && directive.type === type);
  const loopsIn = (memory: string): readonly MappingLoop[] =>
    [...of(memory, "temporal"), ...of(memory, "spatial")]
      .flatMap(({ loops }) => loops)
      .filter(({ dim }) => product.sizes.has(dim));
  const all = memories.flatMap(({ name }) => loopsIn(name));
  for (const [dim, size] of product.sizes) {
    const found = all.filter((loop) => loop.dim === dim).reduce((trips, loop) => trips * loop.trips, 1);
    if (found !== size) return fail([at(problem("E1605", { dim: showName(dim), found, size }), spanOf(mapping))]);
  }
  const tensor = ({ name, dims }: ProblemTensor): MappedTensor => {
    const levels: HeldLevel[] = [];
    for (const [index, { name: memory, holdsTiles }] of memories.entries()) {
      const isBypassed = of(memory, "datatype").some(({ bypass }) => bypass.includes(name));
      const isKept = index === 0 || (holdsTiles && !isBypassed);
      const last = levels.at(-1);
      if (isKept || last === undefined) levels.push({ memory, loops: loopsIn(memory) });
      else levels[levels.length - 1] = { memory: last.memory, loops: [...last.loops, ...loopsIn(memory)] };
    }
    return { name, dims, levels };
  };
  const { sizes, dims, lhs, rhs, out } = product;
  const innermost = loopsIn(memories.at(-1)?.name ?? "");
  return ok({
    tool: "timeloop",
    sizes,
    dims,
    lhs: tensor(lhs),
    rhs: tensor(rhs),
    out: tensor(out),
    // The tool's analysis counts every step of the units, but where the innermost memory fans out to several.
    rereadsAtUnits: !innermost.some(({ isSpatial }) => isSpatial),
    span: spanOf(mapping),
  });
}

const errorsOf = (result: Result<never>): readonly Diagnostic[] => (result.ok ? [] : result.error);

export function expected(node: YamlNode, wanted: string, found = describeNode(node)): Result<never> {
  return fail([at(problem("E1604", { expected: showName(wanted), found: showName(found) }), spanOf(node))]);
}

/** Only maps have entries. */
export const isTimeloop = (root: YamlNode): boolean => entryAt(root, "mapping") !== undefined;
