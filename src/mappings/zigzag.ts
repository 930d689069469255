// ZigZag's mappings, as it saves them with what it found (`..._complete.json`): of each operand the temporal loops of each memory, innermost
// first, and the spatial ones between them. Its mapping file alone does not say which memory has which loops.
// Source: zigzag/cost_model/cost_model.py and zigzag/mapping/temporal_mapping.py of github.com/KULeuven-MICAS/zigzag, `__jsonrepr__`.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type HeldLevel, type MappedTensor, type Mapping, type MappingLoop, tripsOf } from "./mapping.ts";
import { findProduct, type Problem, type ProblemTensor, readTrips } from "./product-dims.ts";
import { expected } from "./timeloop.ts";
import { entriesOf, entryAt, entryOf, itemsOf, spanOf, textOf, type YamlNode } from "./yaml-file.ts";

export const isZigzag = (root: YamlNode): boolean => entryAt(root, "inputs", "temporal_mapping") !== undefined;

export function readZigzag(root: YamlNode): Result<Mapping> {
  const inputs = entryOf(root, "inputs");
  const layer = entryOf(inputs, "layer");
  if (inputs === undefined || layer === undefined) return expected(root, "`inputs` with a `layer`");
  const read = readLayer(layer);
  if (!read.ok) return read;
  const product = findProduct(read.value);
  if (!product.ok) return product;
  const wrong: Diagnostic[] = [];
  const tensor = (given: ProblemTensor): MappedTensor => {
    const levels = readLevels(inputs, given.name, read.value);
    if (!levels.ok) wrong.push(...levels.error);
    return { name: given.name, dims: given.dims, levels: levels.ok ? levels.value : [] };
  };
  const { sizes, dims } = product.value;
  const [lhs, rhs, out] = [product.value.lhs, product.value.rhs, product.value.out].map(tensor) as [
    MappedTensor,
    MappedTensor,
    MappedTensor,
  ];
  if (wrong.length > 0) return fail(wrong);
  const uncovered = [lhs, rhs, out].flatMap(({ levels }) => uncoveredOf(levels, sizes));
  const [first] = uncovered;
  if (first !== undefined) return fail([at(problem("E1605", first), spanOf(inputs))]);
  return ok({ tool: "zigzag", sizes, dims, lhs, rhs, out, rereadsAtUnits: false, span: spanOf(inputs) });
}

function uncoveredOf(levels: readonly HeldLevel[], sizes: ReadonlyMap<string, number>) {
  const loops = levels.flatMap((level) => level.loops);
  return [...sizes].flatMap(([dim, size]) => {
    const found = tripsOf(loops.filter((loop) => loop.dim === dim));
    return found === size ? [] : [{ dim: showName(dim), found, size }];
  });
}

/** `O[d0][d1] = I[d0][d2] * W[d2][d1]`, names of dimensions in capitals elsewhere. */
function readLayer(layer: YamlNode): Result<Problem> {
  const equationNode = entryOf(layer, "equation");
  const equation = textOf(equationNode) ?? "";
  const sizes = new Map<string, number>();
  for (const [name, size] of entriesOf(entryOf(layer, "loop_dimensions"))) {
    const trips = readTrips(textOf(size));
    if (trips === undefined) return expected(size, `the size of ${name}`);
    sizes.set(name, trips);
  }
  const [output, ...inputs] = [...equation.slice(0, 1000).matchAll(/([A-Za-z_]\w*)((?:\[\s*\w+\s*\])+)/g)].map(
    ([, name = "", axes = ""], index): ProblemTensor => ({
      name,
      dims: new Set([...axes.matchAll(/\w+/g)].map(([dim]) => dim.toUpperCase())),
      isOutput: index === 0,
    }),
  );
  if (output === undefined) return expected(equationNode ?? layer, "an `equation`, as in O[a][b] = I[a][c] * W[c][b]");
  const unknown = [output, ...inputs].flatMap(({ dims }) => [...dims]).find((dim) => !sizes.has(dim));
  if (unknown !== undefined)
    return expected(equationNode ?? layer, `dimensions among ${[...sizes.keys()].join(", ")}`, `\`${unknown}\``);
  return ok({ sizes, tensors: [...inputs, output], span: spanOf(layer) });
}

/** An operand's memories, outermost first. */
function readLevels(inputs: YamlNode, name: string, { sizes }: Problem): Result<readonly HeldLevel[]> {
  const read = (key: string): Result<readonly (readonly MappingLoop[])[]> => {
    const node = entryAt(inputs, key, name);
    const levels = itemsOf(node);
    if (levels === undefined) return expected(node ?? inputs, `the loops of ${name} in \`${key}\``);
    const loops = levels.map((level) => readLoops(level, { sizes, isSpatial: key === "spatial_mapping" }));
    const wrong = loops.flatMap((each) => (each.ok ? [] : each.error));
    return wrong.length > 0 ? fail(wrong) : ok(loops.flatMap((each) => (each.ok ? [each.value] : [])));
  };
  const temporal = read("temporal_mapping");
  const spatial = read("spatial_mapping");
  if (!temporal.ok) return temporal;
  if (!spatial.ok) return spatial;
  const around = spatial.value.slice(temporal.value.length).flat();
  if (around.length > 0)
    return fail([
      at(problem("E1606", { what: `a spatial loop around the outermost memory of ${showName(name)}` }), spanOf(inputs)),
    ]);
  const names = memoriesOf(inputs, name);
  const levels = temporal.value.map((loops, level): HeldLevel => {
    const inside = spatial.value[level] ?? [];
    return { memory: names[level] ?? `level ${level}`, loops: [...loops.toReversed(), ...inside] };
  });
  return ok(levels.toReversed());
}

/** The names of an operand's memories, innermost first. */
function memoriesOf(inputs: YamlNode, name: string): readonly string[] {
  const operand = textOf(entryAt(inputs, "layer", "memory_operand_links", name)) ?? name;
  const levels = itemsOf(entryAt(inputs, "accelerator", "mem_hierarchy_dict", operand)) ?? [];
  return levels.map((level) => /instance=([^,]+)/.exec(textOf(level) ?? "")?.[1] ?? "memory");
}

/** `(D1, 16)` */
function readLoops(
  level: YamlNode,
  { sizes, isSpatial }: { readonly sizes: ReadonlyMap<string, number>; readonly isSpatial: boolean },
): Result<readonly MappingLoop[]> {
  const loops: MappingLoop[] = [];
  for (const item of itemsOf(level) ?? []) {
    const text = textOf(item) ?? (itemsOf(item) ?? []).map(textOf).join();
    const [, dim = "", factor] = /^\(?\s*(\w+)\s*,\s*(\d+)\s*\)?$/.exec(text) ?? [];
    const trips = readTrips(factor);
    if (trips === undefined || !sizes.has(dim))
      return expected(item, `a loop, as in (${[...sizes.keys()][0] ?? "D0"}, 16)`);
    if (trips > 1) loops.push({ dim, trips, isSpatial });
  }
  return ok(loops);
}
