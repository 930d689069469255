// `tgc sweep`: shards, what is left of a sweep that was ended, and that the merged bytes depend on neither.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "../cli/run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
folder.write(
  "g.tg",
  `graph g<M = 8>(x: f32[M, 12], weight w: f32[12, 18]) -> (y: f32[M, 18]) {
  y = matmul(x, w)
}
schedule small for g { kernel y { tile_n=4 } }
`,
);
const space = {
  dims: { M: [8, 20] },
  targets: ["tiny"],
  set: { sbufBytesPerPartition: [64, 24576] },
  schedules: ["heuristic", "small"],
  fields: { y: { slots_lhs: [1, 3] } },
};
folder.write("space.json", JSON.stringify(space));

const sweep = (...words: readonly string[]) => folder.run("sweep", "g.tg", ...words);
const results = (out: string): string => folder.read(`${out}/results.jsonl`);

describe("tgc sweep", async () => {
  const whole = await folder.json("sweep", "g.tg", "--out", "whole");

  test("`tgc.sweep/1`: the points, those that fit, the front", () => {
    const front = whole.front as readonly { readonly metrics: Record<string, number>; readonly fits: boolean }[];
    expect([whole.schema, whole.points, whole.path]).toEqual(["tgc.sweep/1", 16, "whole/results.jsonl"]);
    expect(whole.fitting).toBeGreaterThan(0);
    expect(whole.fitting).toBeLessThan(16);
    expect(front.length).toBeGreaterThan(0);
    expect(front.every(({ fits }) => fits)).toBe(true);
  });

  test("every result has its choices, and the time that `tgc profile` says or why it does not fit", async () => {
    const lines = results("whole").trimEnd().split("\n").slice(1);
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(read.map(({ point }) => point)).toEqual(Array.from({ length: 16 }, (_, index) => index));
    const found = read.find(
      ({ fits, schedule, fields }) => fits === true && schedule === "small" && JSON.stringify(fields).includes("3"),
    );
    const { dims, set, metrics } = found as {
      dims: Record<string, number>;
      set: Record<string, number>;
      metrics: Record<string, number>;
    };
    folder.write("same.tg", folder.read("g.tg").replace("tile_n=4", "tile_n=4, slots_lhs=3"));
    const numbers = ["--dim", `M=${dims.M}`, "--set", `sbufBytesPerPartition=${set.sbufBytesPerPartition}`];
    const profile = await folder.json("profile", "same.tg", "--target", "tiny", ...numbers, "--schedule", "small");
    expect((profile.timeNs as number) / 1e9).toBeCloseTo(metrics.total_time ?? 0, 15);
    expect(read.filter(({ fits }) => fits === false).every(({ reason }) => /E08/.test(String(reason)))).toBe(true);
  });

  test("shards of any number merge to the same bytes", async () => {
    for (const part of ["3/3", "1/3", "2/3"]) expect((await sweep("--out", "parts", "--shard", part)).exitCode).toBe(0);
    expect((await sweep("--out", "parts", "--merge")).exitCode).toBe(0);
    expect(results("parts")).toBe(results("whole"));
  });

  test("one that was cut off anywhere continues to the same bytes", async () => {
    const text = folder.read("whole/shard-1-of-1.jsonl");
    for (const length of [0, 10, Math.floor(text.length / 2), text.length - 1]) {
      const out = `cut-${length}`;
      folder.write(`${out}/shard-1-of-1.jsonl`, text.slice(0, length));
      expect((await sweep("--out", out)).exitCode).toBe(0);
      expect(results(out)).toBe(results("whole"));
    }
  });

  test("what is done is not run again", async () => {
    const again = await folder.json("sweep", "g.tg", "--out", "whole", "--shard", "1/1");
    expect([again.ran, again.known]).toEqual([0, 16]);
  });

  test("results of another space are refused, and kept", async () => {
    const before = results("whole");
    folder.write("other.json", JSON.stringify({ ...space, dims: { M: [8, 21] } }));
    const { exitCode, log } = await sweep("--out", "whole", "--space", "other.json");
    expect([exitCode, log.includes("E1642")]).toEqual([1, true]);
    expect(results("whole")).toBe(before);
  });

  test.each([
    [{ targets: ["webgpu"] }, "E1110"],
    [{ targets: ["nobody"] }, "E1304"],
    [{ dims: { Q: [1] } }, "E0213"],
    [{ set: { nothing: [1] } }, "E11"],
    [{ schedules: ["nothing"] }, "E1318"],
    [{ fields: { y: { nothing: [1] } } }, "E06"],
    [{ fields: { y: { slots_lhs: [0] } } }, "E06"],
  ])("%j is reported before anything runs", async (wrong, code) => {
    folder.write("wrong.json", JSON.stringify(wrong));
    const { exitCode, log } = await sweep("--space", "wrong.json", "--out", "nothing");
    expect([exitCode, log.includes(code)], log).toEqual([1, true]);
    expect(existsSync(join(folder.path, "nothing"))).toBe(false);
  });
});
