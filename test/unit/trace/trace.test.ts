// `--trace`: what viewers need of Chrome's format, and what the trace says of the run agrees with its profile.
import { afterAll, describe, expect, test } from "vitest";
import type { Profile } from "../../../src/driver/profile.ts";
import type { ChromeEvent } from "../../../src/trace/chrome.ts";
import { assignLanes } from "../../../src/trace/lanes.ts";
import { makeFolder } from "../cli/run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
folder.write(
  "two.tg",
  `graph two(x: bf16[64, 48], weight w: bf16[48, 40]) -> (y: bf16[64, 40]) {
  h = matmul(x, w)
  y = softmax(h)
}
`,
);

const options = ["--target", "tiny", "--fuse", "off"];

async function trace(): Promise<{ readonly events: readonly ChromeEvent[]; readonly profile: Profile }> {
  const json = await folder.json("profile", "two.tg", ...options, "--trace", "two.json");
  const file = JSON.parse(folder.read("two.json")) as { readonly traceEvents: readonly ChromeEvent[] };
  return { events: file.traceEvents, profile: json as unknown as Profile };
}

describe("Chrome's format", async () => {
  const { events, profile } = await trace();
  const slices = events.filter(({ ph }) => ph === "X");
  const kernelNames = profile.kernels.map(({ name }) => name);

  test("every event has the fields that its kind must have", () => {
    for (const { name, ph, ts, pid, tid, dur } of events) {
      expect(["X", "C", "M"]).toContain(ph);
      expect(name).not.toBe("");
      for (const number of [ts, pid, tid]) expect(Number.isFinite(number)).toBe(true);
      if (ph === "X") expect(dur).toBeGreaterThanOrEqual(0);
    }
  });

  test("names come first, then everything in order of time", () => {
    const first = events.findIndex(({ ph }) => ph !== "M");
    expect(events.slice(first).every(({ ph }) => ph !== "M")).toBe(true);
    const times = events.slice(first).map(({ ts }) => ts);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("slices of a track do not overlap", () => {
    const untilOf = new Map<string, number>();
    for (const { pid, tid, ts, dur = 0 } of slices) {
      const track = `${pid} ${tid}`;
      expect(ts).toBeGreaterThanOrEqual(untilOf.get(track) ?? 0);
      untilOf.set(track, ts + dur);
    }
  });

  test("every track has a name; the queues are those of the profile", () => {
    const named = new Map(
      events.filter(({ name }) => name === "thread_name").map(({ pid, tid, args }) => [`${pid} ${tid}`, args.name]),
    );
    expect(slices.every(({ pid, tid }) => named.has(`${pid} ${tid}`))).toBe(true);
    const queues = new Set([...named.values()].map((name) => String(name).replace(/ \(\d+\)$/, "")));
    expect(queues).toEqual(new Set([...profile.queues.map(({ queue }) => queue), "kernels"]));
  });

  test("executions are those that the profile counts, with kernel, text and lines", () => {
    const executions = slices.filter(({ cat }) => cat === "execution");
    const counted = profile.queues.map(({ instructions }) => instructions).reduce((sum, count) => sum + count, 0);
    expect(executions).toHaveLength(counted);
    for (const { name, args } of executions) {
      expect(String(args.instruction)).toContain(name);
      expect(kernelNames).toContain(args.kernel);
      expect([[2], [3], [2, 3]]).toContainEqual(args.lines);
    }
    expect(
      slices
        .filter(({ cat }) => cat === "kernel")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(kernelNames.toSorted());
  });

  test("waits of the engines say for whom, and are as long as in the profile", () => {
    const waits = slices.filter(({ cat }) => cat === "wait");
    for (const { name, args } of waits) expect(name).toBe(`wait for ${args["waits for"]}: ${args.semaphore}`);
    for (const queue of ["pe", "act", "dve"] as const) {
      const { tid } = events.find(({ name, args }) => name === "thread_name" && args.name === queue) ?? {};
      const own = waits.filter((wait) => wait.tid === tid).map(({ dur = 0 }) => dur * 1000);
      expect(own.reduce((sum, ns) => sum + ns, 0)).toBeCloseTo(profile.engines[queue].waitingNs, 1);
    }
  });

  test("counters are the memory in use, at most the peak, and none at the end", () => {
    const counters = events.filter(({ ph, name }) => ph === "C" && name === "SBUF");
    const bytes = counters.map(({ args }) => Number(args["bytes per partition"]));
    expect(Math.max(...bytes)).toBeGreaterThan(0);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(profile.sbuf.peakBytesPerPartition);
    expect(bytes.at(-1)).toBe(0);
  });
});

test("csv has a row for each execution and wait, in order", async () => {
  await folder.run("profile", "two.tg", ...options, "--trace", "two.csv");
  const [head = "", ...rows] = folder.read("two.csv").trimEnd().split("\n");
  expect(head).toBe("start_ns,end_ns,completion_ns,queue,kind,name,kernel,semaphore,waits_for,lines,instruction");
  const { events } = await trace();
  expect(rows).toHaveLength(events.filter(({ cat }) => cat === "execution" || cat === "wait").length);
  const starts = rows.map((row) => Number(row.split(",")[0]));
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
});

test("tgc run writes the same trace, also of later stages", async () => {
  await folder.run("profile", "two.tg", ...options, "--trace", "a.json");
  expect((await folder.run("run", "two.tg", ...options, "--trace", "b.json")).exitCode).toBe(0);
  expect(folder.read("b.json")).toBe(folder.read("a.json"));
  await folder.run("compile", "two.tg", ...options, "-o", "two.s");
  expect((await folder.run("run", "two.s", "--trace", "c.json")).exitCode).toBe(0);
  // Without the graph the lines are not known, and loops have the names that the text gives them.
  const known = (name: string) =>
    folder
      .read(name)
      .replace(/"instruction":"[^"]*",|"lines":\[[\d,]*\]/g, "")
      .split("\n");
  const [from, to] = [known("a.json"), known("c.json")];
  expect(to.filter((line, index) => line !== from[index])).toEqual([]);
  expect(to).toHaveLength(from.length);
});

test("other endings and executors are refused", async () => {
  expect((await folder.run("profile", "two.tg", "--trace", "two.txt")).exitCode).toBe(2);
  expect((await folder.run("run", "two.tg", "--on", "tiles", "--trace", "t.json")).log).toContain("E1319");
});

test("lanes hold what does not overlap", () => {
  const intervals = [
    { startNs: 0, endNs: 4 },
    { startNs: 1, endNs: 2 },
    { startNs: 2, endNs: 6 },
    { startNs: 3, endNs: 5 },
    { startNs: 4, endNs: 7 },
  ];
  expect(assignLanes(intervals)).toEqual([0, 1, 1, 2, 0]);
});
