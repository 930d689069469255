// Jobs side by side: each line in order, news of each job, and no job after one that failed.
import { expect, test } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import { type Job, runSideBySide } from "../../../src/driver/side-by-side.ts";
import { rootFolder } from "../../run-tgc.ts";

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve));
};

test("lines run side by side, each in order, and all is reported", async () => {
  const seen: string[] = [];
  const job = (what: string): Job => ({ what, run: () => turns(5) });
  await runSideBySide([[job("a1"), job("a2")], [job("b1")], []], ({ what, endedAfterMs }) => {
    seen.push(`${what} ${endedAfterMs === undefined ? "starts" : "ends"}`);
  });
  expect(seen.toSorted()).toEqual(["a1", "a2", "b1"].flatMap((what) => [`${what} ends`, `${what} starts`]));
  expect(seen.indexOf("b1 starts")).toBeLessThan(seen.indexOf("a1 ends"));
  expect(seen.indexOf("a1 ends")).toBeLessThan(seen.indexOf("a2 starts"));
});

test("when a job fails its error is the whole's, and what has not begun does not begin", async () => {
  const seen: string[] = [];
  const failing: Job = { what: "a1", run: () => Promise.reject(new Error("broken")) };
  const later = (what: string): Job => ({ what, run: () => turns(20) });
  const lines = [
    [failing, later("a2")],
    [later("b1"), later("b2")],
  ];
  await expect(runSideBySide(lines, ({ what }) => seen.push(what))).rejects.toThrow("broken");
  await turns(60);
  expect(seen).not.toContain("a2");
  expect(seen).not.toContain("b2");
});

test("a check tells a terminal of each executor, as it starts and as it ends", async () => {
  const lines: string[] = [];
  const argv = ["check", "samples/vector-add.tg", "--target", "tiny", "--all-stages"];
  const io = { stdout: () => undefined, stderr: () => undefined, cwd: rootFolder, isTerminal: false, columns: 100 };
  expect(await runCli(argv, { ...io, progress: (text) => lines.push(text) })).toBe(0);
  const untimed = lines.map((line) => line.replace(/ \([^)]* operations\)/, "").replace(/[0-9.]+ s/, "N s"));
  for (const name of ["ref", "tiles", "neuron", "webgpu", "webgpu-isa"]) {
    expect(untimed).toContain(`${name}, f32: started\n`);
    expect(untimed).toContain(`${name}, f32: ended after N s\n`);
  }
});
