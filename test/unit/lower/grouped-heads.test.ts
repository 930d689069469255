// Query heads that share a key head are rows of one product, so that keys and values are read once.
import { expect, test } from "vitest";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const target = unwrap(targetByName("trn2"));

test.each([1, 3])("%i queries of each head read the keys once", (queries) => {
  const graph = parseGraph(`graph decode(q: bf16[2, 8, ${queries}, 64], k: bf16[2, 2, 256, 64], v: bf16[2, 2, 256, 64])
    -> (y: bf16[2, 8, ${queries}, 64]) { y = attention(q, k, v) }`);
  const { tensors } = unwrap(profileGraph(graph, { target, strategy: "heuristic" }));
  const read = Object.fromEntries(tensors.map(({ name, readBytes }) => [name, readBytes]));
  const bytes = 2 * 2 * 2 * 256 * 64;
  expect(read).toMatchObject({ k: bytes, v: bytes });
});
