// Programs in another order, with other numbers: statements that depend on each other keep their order, all else is drawn.

import { bufferId, type LoopId, loopId, type ValueId, valueId } from "../../../ir-spec/base/ids.ts";
import { definingNodes, type Graph, type Node } from "../../../ir-spec/graph.ts";
import { stageOf, type TileProgram, type TileStatement } from "../../../ir-spec/tile.ts";
import { usesOfStatement } from "../../../ir-spec/verify-tile-stages.ts";
import { conflict, touchesOf } from "../../../src/diff/normal/tile-touches.ts";

/** Draws integers below a limit. */
export type Draw = (limit: number) => number;

/** Source: Lehmer's generator with the constants of MINSTD. */
export function makeDraw(seed: number): Draw {
  let state = (seed * 7919 + 17) % 2147483647;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return state % Math.max(1, limit);
  };
}

/** A random order in which each item comes after those that it needs. */
export function drawOrder(needs: readonly ReadonlySet<number>[], draw: Draw): readonly number[] {
  const open = new Set(needs.keys());
  const order: number[] = [];
  while (open.size > 0) {
    const ready = [...open].filter((index) => ![...(needs[index] ?? [])].some((need) => open.has(need)));
    const next = ready[draw(ready.length)] as number;
    open.delete(next);
    order.push(next);
  }
  return order;
}

/** The nodes in another order, kernel by kernel, and the values with other numbers and names. */
export function shuffleGraph(graph: Graph, seed: number): Graph {
  const draw = makeDraw(seed);
  const definitions = definingNodes(graph);
  const groups = new Map<number, number[]>();
  for (const [index, { kernel }] of graph.nodes.entries()) {
    const key = kernel === undefined ? -1 - index : kernel;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const lists = [...groups.values()];
  const groupOf = new Map(lists.flatMap((list, group) => list.map((index) => [index, group] as const)));
  const definedBy = (value: ValueId): number => definitions[value] ?? -1;
  const groupNeeds = lists.map(
    (list, group) =>
      new Set(
        list
          .flatMap((index) => graph.nodes[index]?.operands ?? [])
          .flatMap((operand) => groupOf.get(definedBy(operand)) ?? [])
          .filter((other) => other !== group),
      ),
  );
  const order = drawOrder(groupNeeds, draw).flatMap((group) => {
    const list = lists[group] ?? [];
    const needs = list.map(
      (index) => new Set((graph.nodes[index]?.operands ?? []).map((operand) => list.indexOf(definedBy(operand)))),
    );
    return drawOrder(needs, draw).map((at) => list[at] as number);
  });
  const nodes = order.map((index) => graph.nodes[index] as Node);
  return renumberValues({ ...graph, name: `${graph.name}_too`, nodes }, draw);
}

function renumberValues(graph: Graph, draw: Draw): Graph {
  const order = drawOrder(
    graph.values.map(() => new Set<number>()),
    draw,
  );
  const newId = new Map(order.map((old, index) => [old as ValueId, valueId(index)]));
  const idOf = (old: ValueId): ValueId => newId.get(old) ?? old;
  return {
    ...graph,
    values: order.map((old, index) => ({ ...graph.values[old]!, name: `v${index}` })),
    params: graph.params.map((param) => ({ ...param, value: idOf(param.value) })),
    nodes: graph.nodes.map((node) => ({
      ...node,
      operands: node.operands.map(idOf),
      results: [idOf(node.results[0]), ...node.results.slice(1).map(idOf)] as const,
    })),
    results: graph.results.map((result) => ({ ...result, value: idOf(result.value) })),
    updates: graph.updates.map(({ param, value }) => ({ param: idOf(param), value: idOf(value) })),
  };
}

/** The statements of all bodies in another order, and buffers and loops with other numbers and names. */
export function shuffleTiles(program: TileProgram, seed: number): TileProgram {
  const draw = makeDraw(seed);
  const kernels = program.kernels.map((kernel, index) => ({
    ...kernel,
    name: `kernel_${draw(1000)}_${index}`,
    schedule: "",
    body: shuffleBody(program, kernel.body, draw),
  }));
  const order = drawOrder(
    kernels.map(({ body }, index) => {
      const before = kernels.slice(0, index);
      return new Set(before.flatMap((other, at) => (mustKeepOrder(program, body, other.body) ? [at] : [])));
    }),
    draw,
  );
  return renumberTiles({ ...program, kernels: order.map((index) => kernels[index]!) }, draw);
}

function mustKeepOrder(program: TileProgram, a: readonly TileStatement[], b: readonly TileStatement[]): boolean {
  const others = touchesOf(program, b);
  return touchesOf(program, a).some((touch) =>
    others.some((other) => touch.buffer === other.buffer && conflict(touch, other)),
  );
}

function shuffleBody(program: TileProgram, body: readonly TileStatement[], draw: Draw): readonly TileStatement[] {
  const inner = body.map((statement) =>
    statement.kind === "loop" ? { ...statement, body: shuffleBody(program, statement.body, draw) } : statement,
  );
  const needs = inner.map((statement, index) => {
    const own = usesOfStatement(statement);
    const before = inner.slice(0, index).flatMap((other, at) => {
      const isAlloc = other.kind === "alloc" && own.has(other.buffer);
      const uses = usesOfStatement(other);
      const isStaged = stageOf(other) !== stageOf(statement) && [...own.keys()].some((buffer) => uses.has(buffer));
      return isAlloc || isStaged || mustKeepOrder(program, [statement], [other]) ? [at] : [];
    });
    return new Set(before);
  });
  return drawOrder(needs, draw).map((index) => inner[index] as TileStatement);
}

function renumberTiles(program: TileProgram, draw: Draw): TileProgram {
  const free = (list: readonly unknown[]): readonly ReadonlySet<number>[] => list.map(() => new Set<number>());
  const buffers = drawOrder(free(program.buffers), draw);
  const loops = drawOrder(free(program.loops), draw);
  const bufferOf = new Map(buffers.map((old, index) => [old, bufferId(index)]));
  const loopOf = new Map(loops.map((old, index) => [old, loopId(index)]));
  const terms = (list: readonly { readonly loop: LoopId; readonly scale: number }[]) =>
    list.map(({ loop, scale }) => ({ loop: loopOf.get(loop)!, scale }));
  // Numbers are recognised by their keys: `buffer` and `loop` hold one, `terms` and `notFirst` several.
  const replace = (value: unknown, key = ""): unknown => {
    if (key === "buffer") return bufferOf.get(value as number);
    if (key === "loop") return loopOf.get(value as number);
    if (key === "terms") return terms(value as Parameters<typeof terms>[0]);
    if (key === "notFirst") return (value as LoopId[]).map((loop) => loopOf.get(loop));
    if (Array.isArray(value)) return value.map((item) => replace(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, replace(item, name)]));
  };
  return {
    ...program,
    name: `${program.name}_too`,
    buffers: buffers.map((old, index) => {
      const buffer = program.buffers[old]!;
      const isInterface = buffer.role !== undefined && buffer.role !== "temp" && buffer.role !== "constant";
      return isInterface ? buffer : { ...buffer, name: `b${index}` };
    }),
    loops: loops.map((_old, index) => `l${index}`),
    kernels: replace(program.kernels) as TileProgram["kernels"],
  };
}
