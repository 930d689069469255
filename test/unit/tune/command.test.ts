// `tgc tune` and the options that take what it found.
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import { makeFolder } from "../cli/run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
const text = `graph g(x: f32[20, 12], weight w: f32[12, 18]) -> (y: f32[20, 18]) {
  y = matmul(x, w)
}
`;
folder.write("g.tg", text);
folder.write("renamed.tg", text.replace("graph g(x:", "graph other(z:").replace("(x, w)", "(z, w)"));

const words = ["g.tg", "--target", "tiny"];
const files = ["-o", "best.sched", "--log", "tried.jsonl", "--tuned", "tuned.json"];

describe("tgc tune", async () => {
  const json = await folder.json("tune", ...words, "--budget", "32", ...files);
  const timeOf = async (...options: readonly string[]) => (await folder.json("profile", ...options)).timeNs;

  test("`tgc.tune/1`: best, heuristic, and how many were tried", async () => {
    const best = json.best as { readonly timeNs: number; readonly schedule: string };
    expect(json.schema).toBe("tgc.tune/1");
    expect(json.tried).toBe(32);
    expect(json.heuristic).toEqual({ timeNs: await timeOf(...words) });
    expect(folder.read("best.sched")).toContain(best.schedule);
    expect(await timeOf(...words, "--schedule", "best.sched")).toBe(best.timeNs);
  });

  test("the log has a line for each schedule that was tried", () => {
    const lines = folder.read("tried.jsonl").trimEnd().split("\n");
    const points = lines.map((line) => JSON.parse(line) as { readonly kernel: string; readonly timeNs?: number });
    expect(new Set(points.map(({ kernel }) => kernel))).toEqual(new Set(["y"]));
    expect([points.length, new Set(lines).size]).toEqual([32, 32]);
    expect(points.filter(({ timeNs }) => timeNs !== undefined).length).toBeGreaterThan(3);
  });

  test("other programs take it from the database, for the same machine only", async () => {
    const { timeNs } = json.best as { readonly timeNs: number };
    const taken = ["--tuned", "tuned.json"];
    expect(await timeOf("renamed.tg", "--target", "tiny", ...taken)).toBe(timeNs);
    expect(await timeOf(...words, "--set", "dmaEngines=3", ...taken)).toBe(
      await timeOf(...words, "--set", "dmaEngines=3"),
    );
  });

  test("a second search begins with what the database has, and keeps one entry for the kernel", async () => {
    const { best } = await folder.json("tune", ...words, "--budget", "2", "--tuned", "tuned.json");
    expect(best).toEqual(json.best);
    expect(JSON.parse(folder.read("tuned.json")).entries).toHaveLength(1);
  });

  test("an interrupt keeps the best so far", async () => {
    const io = { cwd: folder.path, isTerminal: false, columns: 100, stderr: () => undefined };
    let parts = 0;
    let out = "";
    const stdout = (text: string) => {
      out += text;
    };
    const exitCode = await runCli(["tune", ...words, "--budget", "200", "--json"], {
      ...io,
      stdout,
      watchInterrupts: () => () => ++parts > 6,
    });
    const { tried, best, heuristic } = JSON.parse(out);
    expect([exitCode, tried < 200, best.timeNs <= heuristic.timeNs]).toEqual([0, true, true]);
    expect(best.schedule).toContain("kernel y {");
  });

  test("`--strategy search` is a search on the way", async () => {
    const { timeNs } = json.heuristic as { readonly timeNs: number };
    expect(await timeOf(...words, "--strategy", "search")).toBeLessThan(timeNs as number);
  });
});
