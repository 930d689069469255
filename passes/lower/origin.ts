// Which nodes of the graph the statements of a kernel come from. A lowering says what it emits for a node with `emitFrom`; what it says
// nothing of comes from the nodes whose tensors it moves, or else from what its neighbours come from. Forms that several statements
// become come from the nodes of all of them.

import { type NodeId, nodeId, type ValueId } from "../../ir-spec/base/ids.ts";
import type { TileNode, TileStatement } from "../../ir-spec/tile.ts";
import { accessesOf } from "./body/uses.ts";
import { joinOrigins, type Origin } from "./origins.ts";
import type { Body } from "./program-builder.ts";
import { isProduct, type KernelRegion, type LowerContext } from "./region.ts";

/** The nodes that define values; a value that a rewrite of a kernel has added stands for one of the graph. */
export function originOf({ graph, makers }: LowerContext, values: readonly ValueId[]): Origin {
  const originals = values.flatMap((value) => graph.values[value]?.standsFor ?? [value]);
  const nodes = originals.flatMap((value) => makers[value] ?? []);
  return joinOrigins([nodes.map(nodeId)]);
}

/** Lets statements be emitted that come from the nodes of some values, but where they have said already what they come from. */
export function emitFrom<T>(context: LowerContext, body: Body, values: readonly ValueId[], emit: () => T): T {
  const first = body.length;
  const made = emit();
  if (context.builder.isTrial) return made;
  const origin = originOf(context, values);
  const marked = body.slice(first).map((statement) => withOrigin(statement, origin));
  body.splice(first, marked.length, ...marked);
  return made;
}

function withOrigin(statement: TileStatement, origin: Origin): TileStatement {
  if (statement.kind === "loop")
    return { ...statement, body: statement.body.map((inner) => withOrigin(inner, origin)) };
  if (statement.kind === "alloc" || statement.origin !== undefined || origin.length === 0) return statement;
  return { ...statement, origin };
}

/** The body with an origin for each of its statements. */
export function completeOrigins(context: LowerContext, region: KernelRegion, body: readonly TileStatement[]): Body {
  const ofTensors = originsByTensor(context, region);
  const all = originOf(
    context,
    region.nodes.flatMap(({ results }) => results),
  );
  const products = region.nodes.filter(isProduct);
  const [product, ...others] = products.flatMap(({ results }) => [...results]);
  // What a contraction emits besides its epilogue is for its only product.
  const otherwise = product !== undefined && others.length === 0 ? originOf(context, [product]) : undefined;
  const found = new Map<TileNode, Origin>();
  for (const node of nodesIn(body)) {
    const origin = node.origin ?? ofTensors(node) ?? otherwise;
    if (origin !== undefined) found.set(node, origin);
  }
  spreadOrigins(nodesIn(body), found);
  return mapNodes(body, (node) => ({ ...node, origin: found.get(node) ?? all }));
}

/** Where a statement loads or stores a tensor of the region: the nodes that read it, or that define it. */
function originsByTensor(context: LowerContext, { nodes }: KernelRegion): (node: TileNode) => Origin | undefined {
  const readers = new Map<number, ValueId[]>();
  const makers = new Map<number, ValueId[]>();
  const note = (map: Map<number, ValueId[]>, value: ValueId, result: ValueId): void => {
    const buffer = context.placeOf(value)?.buffer;
    if (buffer !== undefined) map.set(buffer, [...(map.get(buffer) ?? []), result]);
  };
  for (const { operands, results } of nodes) {
    for (const operand of operands) note(readers, operand, results[0]);
    for (const result of results) note(makers, result, result);
  }
  return (node) => {
    const touched = accessesOf(node).flatMap(
      ([{ buffer }, role]) => (role === "read" ? readers : makers).get(buffer) ?? [],
    );
    return touched.length === 0 ? undefined : originOf(context, touched);
  };
}

/** What has no origin gets that of what writes its operands, or else of what reads its result, as far as that goes. */
function spreadOrigins(nodes: readonly TileNode[], found: Map<TileNode, Origin>): void {
  for (const from of ["write", "read"] as const) {
    for (let size = -1; size !== found.size && found.size < nodes.length; ) {
      size = found.size;
      const ofBuffers = originsByBuffer(nodes, found, from);
      for (const node of nodes) {
        if (found.has(node)) continue;
        const near = accessesOf(node).filter(([, role]) => (role === "read") === (from === "write"));
        const origin = joinOrigins(near.map(([{ buffer }]) => ofBuffers.get(buffer)));
        if (origin.length > 0) found.set(node, origin);
      }
    }
  }
}

/** For each buffer the origins of what writes it, or of what reads it. */
function originsByBuffer(
  nodes: readonly TileNode[],
  found: ReadonlyMap<TileNode, Origin>,
  from: "read" | "write",
): ReadonlyMap<number, Iterable<NodeId>> {
  const origins = new Map<number, Set<NodeId>>();
  for (const node of nodes) {
    for (const [{ buffer }, role] of accessesOf(node)) {
      if ((role === "read") !== (from === "read")) continue;
      const all = origins.get(buffer) ?? new Set();
      for (const id of found.get(node) ?? []) all.add(id);
      origins.set(buffer, all);
    }
  }
  return origins;
}

function nodesIn(body: readonly TileStatement[]): readonly TileNode[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return nodesIn(statement.body);
    return statement.kind === "op" ? [statement] : [];
  });
}

function mapNodes(body: readonly TileStatement[], change: (node: TileNode) => TileNode): Body {
  return body.map((statement) => {
    if (statement.kind === "loop") return { ...statement, body: mapNodes(statement.body, change) };
    return statement.kind === "op" ? change(statement) : statement;
  });
}
