// Files of shards: whole lines count, what is left of a line does not; the front of points that none beats.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { paretoFront, type SweepResult } from "../../../src/sweep/results.ts";
import {
  headLine,
  mergeLines,
  parseShard,
  readShard,
  shardFileName,
  shardOfFileName,
} from "../../../src/sweep/shard.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const head = { key: "k", points: 4 };
const line = (point: number): string => `${JSON.stringify({ point, fits: true })}\n`;

describe("the file of a shard", () => {
  test("cut anywhere, it has the lines that are whole", () => {
    const text = headLine(head) + line(2) + line(0);
    for (let length = 0; length <= text.length; length++) {
      const read = readShard(bytesOf(text.slice(0, length)));
      const whole = text.slice(0, length).split("\n").length - 1;
      if (!read.ok) throw new Error(read.error);
      expect(read.value.lines.length).toBe(Math.max(0, whole - 1));
      expect(read.value.head).toEqual(whole > 0 ? head : undefined);
      expect(text.slice(0, length).slice(read.value.wholeBytes)).not.toContain("\n");
    }
  });

  test.each([
    "{}\n",
    "text\n",
    `${headLine(head)}{"point":4}\n`,
    `${headLine(head)}{"point":-1}\n`,
    `${headLine(head)}\n`,
  ])("what is wrong with a whole line is said: %j", (text) => {
    expect(readShard(bytesOf(text)).ok).toBe(false);
  });

  test("names of files", () => {
    expect(shardOfFileName(shardFileName({ number: 3, of: 64 }))).toEqual({ number: 3, of: 64 });
    expect(shardOfFileName("results.jsonl")).toBeUndefined();
    expect(
      ["1/1", "3/64", "0/2", "3/2", "1/0", "a/b", "1/2/3", ""].map(parseShard).map((shard) => shard !== undefined),
    ).toEqual([...[true, true, false, false, false, false, false, false]]);
  });

  test("merged, lines are in the order of their points, and missing ones are named", () => {
    const lines = (...points: readonly number[]) => points.map((point) => ({ point, text: `${point}` }));
    expect(mergeLines([lines(3, 1), lines(0, 1)], 4)).toEqual({ lines: lines(0, 1, 3), missing: [2] });
  });
});

describe("the Pareto front", () => {
  const result = (point: number, values: readonly number[], fits = true): SweepResult => ({
    ...{ point, dims: {}, target: "tiny", set: {}, schedule: "heuristic", fields: {}, fits },
    metrics: Object.fromEntries(values.map((value, index) => [`m${index}`, value])),
  });

  test("has what no other one beats, and one of equals", () => {
    const results = [
      result(0, [3, 1]),
      result(1, [1, 3]),
      result(2, [2, 2]),
      result(3, [2, 2]),
      result(4, [3, 3]),
      result(5, [0, 0], false),
    ];
    expect(paretoFront(results, ["m0", "m1"]).map(({ point }) => point)).toEqual([1, 2, 0]);
  });

  test("is what comparing each with each gives", () => {
    const values = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)), { maxLength: 30 });
    fc.assert(
      fc.property(values, (all) => {
        const results = all.map((each, point) => result(point, each));
        const beats = (a: readonly number[], b: readonly number[]) =>
          a.every((value, index) => value <= (b[index] ?? 0)) && a.some((value, index) => value < (b[index] ?? 0));
        const expected = all.filter((each) => !all.some((other) => beats(other, each))).map((each) => each.join(" "));
        const front = paretoFront(results, ["m0", "m1", "m2"]).map(({ metrics }) =>
          Object.values(metrics ?? {}).join(" "),
        );
        expect(new Set(front)).toEqual(new Set(expected));
        expect(new Set(front).size).toBe(front.length);
      }),
    );
  });
});
