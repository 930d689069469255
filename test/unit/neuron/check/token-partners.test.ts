// Which tokens meet which acquires, on hand-made streams.
import { expect, test } from "vitest";
import { makeCheckProgram } from "../../../../targets/neuron/check/program.ts";
import { findPartners } from "../../../../targets/neuron/check/token-partners.ts";
import { acquire, makeStream, queue, release, semaphore } from "./fixtures.ts";

/** The sites of dve come first, then those of act. */
function partnersOf(initial: number, dve: readonly number[], act: readonly number[]): readonly number[] {
  const semaphores = [{ ...semaphore("turns", "dve", "act"), initial }];
  const releases = dve.map((count) => release(0, count));
  const acquires = act.map((count) => acquire(0, count));
  const stream = makeStream({ semaphores, queues: [queue("dve", releases), queue("act", acquires)] });
  return [...findPartners(makeCheckProgram(stream))];
}

test("tokens are taken in the order in which they are released", () => {
  expect(partnersOf(0, [1, 1, 1], [1, 1, 1])).toEqual([0, 1, 2, 0, 1, 2]);
});

test("an acquire of several tokens belongs to all who released them, and they to each other", () => {
  expect(partnersOf(0, [1, 2, 1], [2, 1, 1])).toEqual([0, 0, 2, 0, 0, 2]);
});

test("tokens at the start come first, however many there are", () => {
  expect(partnersOf(2, [1, 1], [1, 1, 2])).toEqual([0, 0, 2, 3, 0]);
  expect(partnersOf(2 ** 30, [2 ** 30, 1], [2 ** 30, 2 ** 30, 1])).toEqual([0, 1, 2, 0, 1]);
});
