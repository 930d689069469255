// Which dependences between queues need a token of their own, on hand-made bodies; and on random ones, against the order
// of all steps of a few iterations.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { BodyEdge } from "../../../targets/neuron/compile/body-edges.ts";
import { reduceEdges as reduceStagedEdges } from "../../../targets/neuron/compile/transitive-reduction.ts";
import type { QueueName } from "../../../targets/neuron/stream.ts";

const edge = (producer: QueueName, consumer: QueueName, release: number, acquire: number, initial = 0): BodyEdge => ({
  producer,
  consumer,
  release,
  acquire,
  initial,
  fewestInitial: initial,
  name: `${producer} ${release} -> ${consumer} ${acquire}`,
});

const names = (edges: readonly BodyEdge[]): readonly string[] => edges.map(({ name }) => name);

/** In a body without stages. */
const reduceEdges = (edges: readonly BodyEdge[]): readonly BodyEdge[] => reduceStagedEdges(edges, () => 0);

test("an edge that another of the same pair covers is left out", () => {
  const wide = edge("dve", "pe", 2, 3);
  expect(reduceEdges([edge("dve", "pe", 1, 4), wide])).toEqual([wide]);
});

test("an edge that is released later or acquired earlier stays", () => {
  const edges = [edge("dve", "pe", 1, 2), edge("dve", "pe", 3, 4)];
  expect(names(reduceEdges(edges))).toEqual(names(edges));
});

test("what a third queue passes on is not said again", () => {
  const chain = [edge("dma0", "pe", 0, 1), edge("pe", "act", 1, 2)];
  expect(names(reduceEdges([...chain, edge("dma0", "act", 0, 2)]))).toEqual(names(chain));
});

test("a third queue that released before it knew passes nothing on", () => {
  const edges = [edge("pe", "act", 0, 3), edge("dma0", "pe", 1, 2), edge("dma0", "act", 1, 3)];
  expect(new Set(names(reduceEdges(edges)))).toEqual(new Set(names(edges)));
});

test("an iteration that waited for a queue within itself need not wait for it in the next one", () => {
  const forward = edge("act", "dve", 2, 3);
  expect(reduceEdges([forward, edge("act", "dve", 1, 0, 2)])).toEqual([forward]);
});

test("a free slot is waited for when the iteration ends without knowing", () => {
  const edges = [edge("dma0", "pe", 0, 1), edge("pe", "dma0", 1, 0, 2)];
  expect(names(reduceEdges(edges))).toEqual(names(edges));
});

test("of two waits for a later iteration the stricter one stays", () => {
  const strict = edge("pe", "dma0", 2, 0, 1);
  expect(reduceEdges([edge("pe", "dma0", 1, 0, 2), strict])).toEqual([strict]);
  expect(reduceEdges([strict, { ...strict }])).toHaveLength(1);
});

test("a wait for an earlier iteration is left out when the iteration has waited for a later one by then", () => {
  const chain = [edge("dve", "act", 0, 1), edge("act", "pe", 1, 2)];
  expect(names(reduceEdges([...chain, edge("dve", "pe", 3, 2, 1)]))).toEqual(names(chain));
});

const queues = ["pe", "act", "dve", "dma0"] as const;
const maxStatements = 4;
const iterations = 6;

/** Edges of a body: those of one iteration go forward. */
const bodies: fc.Arbitrary<readonly BodyEdge[]> = fc.array(
  fc
    .record({
      producer: fc.constantFrom(...queues),
      consumer: fc.constantFrom(...queues),
      release: fc.nat({ max: maxStatements - 1 }),
      acquire: fc.nat({ max: maxStatements - 1 }),
      initial: fc.nat({ max: 2 }),
    })
    .map((row) => ({ ...row, fewestInitial: row.initial, name: "" }))
    .filter(({ producer, consumer }) => producer !== consumer)
    .filter(({ release, acquire, initial }) => initial > 0 || release < acquire),
  { maxLength: 10 },
);

/** The steps of all queues over some iterations, each with the steps that are done before it. */
function orderOf(edges: readonly BodyEdge[]): ReadonlyMap<string, ReadonlySet<string>> {
  const done = new Map<string, ReadonlySet<string>>();
  const nameOf = (queue: QueueName, at: number): string => `${queue} ${at}`;
  for (let at = 0; at < iterations * maxStatements; at++) {
    for (const queue of queues) {
      const sources = edges.flatMap(({ producer, consumer, release, acquire, initial }) => {
        const own = at - acquire - initial * maxStatements;
        return consumer === queue && own % maxStatements === 0 && own >= 0 ? [nameOf(producer, own + release)] : [];
      });
      if (at > 0) sources.push(nameOf(queue, at - 1));
      done.set(nameOf(queue, at), new Set(sources.flatMap((step) => [step, ...(done.get(step) ?? [])])));
    }
  }
  return done;
}

test("what is left orders the same, and each of it is needed", () => {
  fc.assert(
    fc.property(bodies, (edges) => {
      const kept = reduceEdges(edges);
      expect(orderOf(kept)).toEqual(orderOf(edges));
      for (const one of kept) expect(orderOf(kept.filter((other) => other !== one))).not.toEqual(orderOf(kept));
    }),
    { numRuns: 300, seed: 1 },
  );
});

/** A body's edges and the stages of its statements, along which no edge goes back in time. */
const stagedBodies = fc
  .record({
    edges: bodies,
    stages: fc.array(fc.nat({ max: 3 }), { minLength: maxStatements, maxLength: maxStatements }),
  })
  .map(({ edges, stages }) => {
    const stageOf = (statement: number): number => stages[statement] ?? 0;
    const isLegal = ({ release, acquire, initial }: BodyEdge): boolean => {
      const distance = initial + stageOf(acquire) - stageOf(release);
      return distance > 0 || (distance === 0 && release < acquire);
    };
    return { edges: edges.filter(isLegal), stages, stageOf };
  });

/** Every execution of a loop, in the order of the stages, with all that is before it: in its own queue, and by tokens. */
function stagedOrderOf(
  edges: readonly BodyEdge[],
  stageOf: (statement: number) => number,
  trips: number,
): ReadonlyMap<string, ReadonlySet<string>> {
  const statements = Array.from({ length: maxStatements }, (_none, statement) => statement);
  const all = Array.from({ length: trips }, (_none, iteration) => iteration).flatMap((iteration) =>
    statements.map((statement) => ({ iteration, statement, time: iteration + stageOf(statement) })),
  );
  all.sort((a, b) => a.time - b.time || a.statement - b.statement);
  const nameOf = (queue: QueueName, iteration: number, statement: number): string =>
    `${queue} ${iteration} ${statement}`;
  const done = new Map<string, ReadonlySet<string>>();
  const last = new Map<QueueName, string>();
  for (const { iteration, statement } of all) {
    const waits = queues.map((queue) => {
      const tokens = edges.filter(({ consumer, acquire }) => consumer === queue && acquire === statement);
      const released = tokens.filter(({ initial }) => initial <= iteration);
      const sources = released.map(({ producer, initial, release }) => nameOf(producer, iteration - initial, release));
      return { queue, sources: [...sources, ...(last.has(queue) ? [last.get(queue) as string] : [])] };
    });
    for (const { queue, sources } of waits) {
      const name = nameOf(queue, iteration, statement);
      done.set(name, new Set(sources.flatMap((step) => [step, ...(done.get(step) ?? [])])));
      last.set(queue, name);
    }
  }
  return done;
}

test("what is left orders the same where statements are of several stages, the first and last iterations included", () => {
  fc.assert(
    fc.property(stagedBodies, fc.integer({ min: 1, max: 6 }), ({ edges, stageOf }, trips) => {
      const kept = reduceStagedEdges(edges, stageOf);
      expect(stagedOrderOf(kept, stageOf, trips)).toEqual(stagedOrderOf(edges, stageOf, trips));
    }),
    { numRuns: 500, seed: 1 },
  );
});
