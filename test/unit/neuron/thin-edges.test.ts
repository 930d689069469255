// Which dependences between queues need a token of their own, on hand-made bodies.

import { expect, test } from "vitest";
import type { BodyEdge } from "../../../targets/neuron/body-edges.ts";
import type { QueueName } from "../../../targets/neuron/stream.ts";
import { thinEdges } from "../../../targets/neuron/thin-edges.ts";

const edge = (producer: QueueName, consumer: QueueName, release: number, acquire: number, initial = 0): BodyEdge => ({
  producer,
  consumer,
  release,
  acquire,
  initial,
  name: `${producer} ${release} -> ${consumer} ${acquire}`,
});

const names = (edges: readonly BodyEdge[]): readonly string[] => edges.map(({ name }) => name);

test("an edge that another of the same pair covers is left out", () => {
  const wide = edge("dve", "pe", 2, 3);
  expect(thinEdges([edge("dve", "pe", 1, 4), wide])).toEqual([wide]);
});

test("an edge that is released later or acquired earlier stays", () => {
  const edges = [edge("dve", "pe", 1, 2), edge("dve", "pe", 3, 4)];
  expect(names(thinEdges(edges))).toEqual(names(edges));
});

test("what a third queue passes on is not said again", () => {
  const chain = [edge("dma0", "pe", 0, 1), edge("pe", "act", 1, 2)];
  expect(names(thinEdges([...chain, edge("dma0", "act", 0, 2)]))).toEqual(names(chain));
});

test("a third queue that released before it knew passes nothing on", () => {
  const edges = [edge("pe", "act", 0, 3), edge("dma0", "pe", 1, 2), edge("dma0", "act", 1, 3)];
  expect(new Set(names(thinEdges(edges)))).toEqual(new Set(names(edges)));
});

test("an iteration that waited for a queue within itself need not wait for it in the next one", () => {
  const forward = edge("act", "dve", 2, 3);
  expect(thinEdges([forward, edge("act", "dve", 1, 0, 2)])).toEqual([forward]);
});

test("a free slot is waited for when the iteration ends without knowing", () => {
  const edges = [edge("dma0", "pe", 0, 1), edge("pe", "dma0", 1, 0, 2)];
  expect(names(thinEdges(edges))).toEqual(names(edges));
});

test("of two waits for a later iteration the stricter one stays", () => {
  const strict = edge("pe", "dma0", 2, 0, 1);
  expect(thinEdges([edge("pe", "dma0", 1, 0, 2), strict])).toEqual([strict]);
  expect(thinEdges([strict, { ...strict }])).toHaveLength(1);
});
