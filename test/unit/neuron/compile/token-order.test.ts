// Which edges may take turns on one semaphore, on random nests: against the order in which queues get to their tokens.

import fc from "fast-check";
import { expect, test } from "vitest";
import { loopId } from "../../../../ir-spec/base/ids.ts";
import type { BodyEdge } from "../../../../targets/neuron/compile/body-edges.ts";
import type { PlacedKernel, PlacedNode } from "../../../../targets/neuron/compile/placed.ts";
import {
  keepTokenOrder,
  type Scope,
  type ScopedEdge,
  scopesOf,
} from "../../../../targets/neuron/compile/token-order.ts";

const inst = (stage: number): PlacedNode => ({
  ...{ kind: "inst", stage, queue: "dve", reads: [], writes: [], ranges: new Map() },
  inst: { kind: "inst", inst: "memset", args: {}, kernel: 0 },
});

/** Loops of two or three iterations, and of none where they are empty. */
const loop = (stage: number, trips: number, body: readonly PlacedNode[]): PlacedNode => ({
  ...{ kind: "loop", stage, loop: loopId(0), trips: { max: trips }, advance: [], owns: [], body },
});

const stages = fc.nat({ max: 2 });
const { body: bodies } = fc.letrec<{ body: PlacedNode[]; node: PlacedNode }>((tie) => ({
  body: fc.array(tie("node"), { minLength: 1, maxLength: 4 }),
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    stages.map(inst),
    fc
      .record({ stage: stages, trips: fc.integer({ min: 1, max: 3 }), body: tie("body") })
      .map((made) => loop(made.stage, made.trips, made.body)),
  ),
}));

const kernelOf = (body: readonly PlacedNode[]): PlacedKernel => ({ name: "k", owns: [], sharesBytes: false, body });

const edgeIn = (scope: Scope, release: number, acquire: number, name: string): ScopedEdge => {
  const edge: BodyEdge = { producer: "dve", consumer: "act", release, acquire, initial: 0, fewestInitial: 0, name };
  return { edge, scope };
};

type Side = "release" | "acquire";

/** The names of the edges in the order in which a queue gets to their tokens. */
function tokensOf(edges: readonly ScopedEdge[], side: Side, body: readonly PlacedNode[]): readonly string[] {
  return [...body.keys()].flatMap((statement) => tokensAt(edges, side, body, statement));
}

/** A statement of stage j for iteration i - j, when those of stage 0 are for iteration i. */
function loopTokens(
  edges: readonly ScopedEdge[],
  side: Side,
  body: readonly PlacedNode[],
  trips: number,
): readonly string[] {
  const depth = Math.max(...body.map(({ stage }) => stage));
  return Array.from({ length: trips + depth }, (_none, step) => step).flatMap((step) => {
    return [...body.keys()].flatMap((statement) => {
      const iteration = step - (body[statement] as PlacedNode).stage;
      if (iteration < 0 || iteration >= trips) return [];
      return tokensAt(edges, side, body, statement);
    });
  });
}

function tokensAt(
  edges: readonly ScopedEdge[],
  side: Side,
  body: readonly PlacedNode[],
  statement: number,
): readonly string[] {
  const own = edges.filter(({ edge, scope }) => scope.body === body && edge[side] === statement);
  const names = own.map(({ edge }) => edge.name);
  const node = body[statement] as PlacedNode;
  const inner = node.kind === "loop" ? loopTokens(edges, side, node.body, node.trips.max) : [];
  return side === "acquire" ? [...names, ...inner] : [...inner, ...names];
}

/** A nest, whose outermost statements have no stages, and two edges of it. */
const nests = bodies.map((body) => body.map((node): PlacedNode => ({ ...node, stage: 0 })));
const cases = fc
  .record({ body: nests, picks: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }) })
  .map(({ body, picks }) => {
    const scopes = scopesOf(kernelOf(body));
    const make = (name: string, [at = 0, release = 0, acquire = 0]: readonly number[]): ScopedEdge => {
      const scope = scopes[at % scopes.length] as Scope;
      return edgeIn(scope, release % scope.body.length, acquire % scope.body.length, name);
    };
    return { body, a: make("a", picks.slice(0, 3)), b: make("b", picks.slice(3)) };
  });

test("two edges that may share a semaphore release and acquire in one order", () => {
  let shared = 0;
  fc.assert(
    fc.property(cases, ({ body, a, b }) => {
      if (!keepTokenOrder(a, b)) return;
      shared++;
      expect(keepTokenOrder(b, a)).toBe(true);
      expect(tokensOf([a, b], "acquire", body)).toEqual(tokensOf([a, b], "release", body));
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(shared).toBeGreaterThan(300);
});

const flat = kernelOf([0, 0, 0, 0, 0].map(inst));
const [kernelScope] = scopesOf(flat) as [Scope];
const between = (release: number, acquire: number): ScopedEdge => edgeIn(kernelScope, release, acquire, "e");

test("edges in turn share, one around another does not", () => {
  expect(keepTokenOrder(between(0, 1), between(1, 2))).toBe(true);
  expect(keepTokenOrder(between(0, 2), between(1, 3))).toBe(true);
  expect(keepTokenOrder(between(0, 3), between(1, 2))).toBe(false);
});

test("tokens at the start are shared with no other edge", () => {
  const free = { ...between(1, 0), edge: { ...between(1, 0).edge, initial: 2 } };
  expect(keepTokenOrder(free, between(2, 3))).toBe(false);
});

test("a loop whose tokens are all inside takes its turn as a statement does", () => {
  const nested = kernelOf([inst(0), loop(0, 3, [inst(0), inst(0)]), inst(0), inst(0)]);
  const [outer, inner] = scopesOf(nested) as [Scope, Scope];
  const inside = edgeIn(inner, 0, 1, "inside");
  expect(keepTokenOrder(inside, edgeIn(outer, 1, 2, "after"))).toBe(true);
  expect(keepTokenOrder(inside, edgeIn(outer, 0, 2, "around"))).toBe(false);
});

test("what a loop of several stages leaves to its next execution stays apart from the tokens at the loop", () => {
  const staged = kernelOf([loop(0, 3, [inst(0), inst(1)]), inst(0), inst(0)]);
  const [outer, inner] = scopesOf(staged) as [Scope, Scope];
  const inside = edgeIn(inner, 0, 1, "inside");
  expect(keepTokenOrder(inside, edgeIn(outer, 0, 1, "at the loop"))).toBe(false);
  expect(keepTokenOrder(inside, edgeIn(outer, 1, 2, "after it"))).toBe(true);
});
