// `tgc compare`: the traffic of classical dataflows is their closed-form count, their order follows from counts and machine, what does
// not fit is a row, and the output does not depend on threads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Profile } from "../../../src/driver/profile.ts";
import { metricsOf, profileMetrics } from "../../../src/metrics/metrics.ts";
import { rootFolder } from "../../run-tgc.ts";
import { makeFolder } from "../cli/run-in-folder.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
folder.write("dataflows.tg", readFileSync(join(rootFolder, "samples/dataflows.tg"), "utf8"));

interface Run extends Partial<Profile> {
  readonly schedule: string;
  readonly target: string;
  readonly dims: Readonly<Record<string, number>>;
  readonly fits: boolean;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

async function compare(
  ...options: readonly string[]
): Promise<{ readonly runs: readonly Run[]; readonly reasons: readonly unknown[] }> {
  const json = await folder.json("compare", "dataflows.tg", ...options);
  return json as unknown as { readonly runs: readonly Run[]; readonly reasons: readonly unknown[] };
}

const flows = ["no_reuse", "output_stationary", "weight_stationary", "input_stationary"] as const;

/** Bytes of bf16 that each operand moves: once for each block of the other free dimension that passes by, or once. */
function closedForm(flow: (typeof flows)[number], M: number, N: number, K: number): number {
  const [lhs, rhs] = [M * K, K * N];
  const elements = {
    no_reuse: lhs * (N / 512) + rhs * (M / 128),
    output_stationary: lhs * (N / 512) + rhs * (M / 512),
    weight_stationary: lhs * (N / 1024) + rhs,
    input_stationary: lhs + rhs * (M / 256),
  }[flow];
  return 2 * elements;
}

const list = flows.join(",");
const [M, N, K] = [4096, 8192, 8192];
const large = ["--schedules", list, "--dim", `M=${M}`, "--dim", `N=${N}`, "--dim", `K=${K}`];

describe("four dataflows of 4096 x 8192 x 8192 in bf16 on trn1 and trn2", () => {
  const compared = compare(...large, "--targets", "trn1,trn2");

  test("bytes are the closed-form count of each", async () => {
    const { runs } = await compared;
    expect(runs.map(({ schedule, target }) => `${schedule} ${target}`)).toEqual(
      flows.flatMap((flow) => [`${flow} trn1`, `${flow} trn2`]),
    );
    for (const flow of flows) {
      for (const { hbm } of runs.filter(({ schedule }) => schedule === flow)) {
        expect([flow, hbm?.readBytes, hbm?.writeBytes]).toEqual([flow, closedForm(flow, M, N, K), 2 * M * N]);
      }
    }
  });

  test("no time is below what its bytes take at the machine's bandwidth, nor below the graph's floor", async () => {
    for (const { timeNs = 0, hbm, roofline, bound } of (await compared).runs) {
      const bytes = (hbm?.readBytes ?? 0) + (hbm?.writeBytes ?? 0);
      expect(timeNs).toBeGreaterThanOrEqual((bytes / (roofline?.hbmBytesPerSecond ?? 1)) * 1e9);
      expect(timeNs).toBeGreaterThanOrEqual(bound?.graphFloorNs ?? Number.POSITIVE_INFINITY);
    }
  });

  test("on trn1, whose DMA is slow, less traffic is faster; on trn2 all that keep something are bound by the array", async () => {
    const { runs } = await compared;
    const on = (name: string) => runs.filter(({ target }) => target === name);
    const byTime = on("trn1").toSorted((a, b) => (a.timeNs ?? 0) - (b.timeNs ?? 0));
    const [best, , , worst] = byTime;
    expect([best?.schedule, worst?.schedule]).toEqual(["weight_stationary", "no_reuse"]);
    expect(on("trn2").map(({ bound }) => bound?.kind)).toEqual(["dma", "pe", "pe", "pe"]);
  });

  test("the reasons name what shrank", async () => {
    const { reasons } = await compared;
    const texts = reasons.map((reason) => (reason as { readonly text: string }).text);
    const [found = ""] = texts.filter(
      (text) => text.startsWith("weight_stationary on trn1") && text.includes("no_reuse"),
    );
    expect(found).toContain("HBM traffic of 704 MiB instead of 5.06 GiB");
    for (const reason of reasons as readonly { readonly timesFaster: number }[])
      expect(reason.timesFaster).toBeGreaterThan(1);
  });
});

test("what does not fit is a row with its reason, and no mistake", async () => {
  folder.write("whole.tg", 'schedule whole for product { kernel * { load_lhs="kernel", load_rhs="kernel" } }');
  const sizes = ["--dim", "M=64", "--dim", "N=64", "--dim", "K=4096"];
  const options = ["--schedules", "weight_stationary,./whole.tg#whole", "--targets", "trn2,tiny", ...sizes];
  const { out, exitCode } = await folder.run("compare", "dataflows.tg", ...options);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/#whole +tiny .* does not fit: SBUF/);
  const { runs } = await compare(...options);
  const [unfit] = runs.filter(({ fits }) => !fits);
  expect(unfit).toEqual({ ...unfit, target: "tiny", reason: expect.stringContaining("SBUF") });
  expect(unfit?.metrics).toBeUndefined();
});

test("several sizes, sorted by time within each; csv has all metrics", async () => {
  const options = ["--schedules", "naive,heuristic", "--dim", "M=128,256", "--dim", "N=512", "--dim", "K=128,256"];
  const { runs } = await compare(...options, "--sort", "time");
  expect(runs.map(({ dims }) => `${dims.M} ${dims.K}`)).toEqual(
    ["128 128", "128 256", "256 128", "256 256"].flatMap((sizes) => [sizes, sizes]),
  );
  for (const pair of [0, 2, 4, 6]) expect(runs[pair]?.timeNs).toBeLessThanOrEqual(runs[pair + 1]?.timeNs ?? 0);
  const { out } = await folder.run("compare", "dataflows.tg", ...options, "--csv");
  const lines = out.split("\n");
  expect(lines).toHaveLength(1 + runs.length + 1);
  expect(lines[0]).toBe(
    ["schedule,target,dims,fits,reason,bound", ...profileMetrics.map(({ name }) => name)].join(","),
  );
  expect(lines[1]).toMatch(/^naive,trn2,"M=128, N=512, K=128",true,,/);
});

test("schedules are the program's own, strategies, or files; each mistake is reported before anything runs", async () => {
  folder.write(
    "mine.tg",
    "schedule a for product { kernel * { block_m=1 } }\nschedule b for product { kernel * { block_m=2 } }\n",
  );
  const small = ["--dim", "M=128", "--dim", "N=512", "--dim", "K=128"];
  const named = async (schedules: string) =>
    (await compare(...small, "--schedules", schedules)).runs.map(({ schedule }) => schedule);
  expect(await named("./mine.tg#b,naive")).toEqual(["./mine.tg#b", "naive"]);
  expect(await named("./mine.tg")).toEqual(["./mine.tg#a", "./mine.tg#b"]);
  const all = (await compare(...small)).runs.map(({ schedule }) => schedule);
  expect(all).toEqual([...flows, "heuristic"]);
  for (const [option, value, code] of [
    ["--schedules", "no_reus", "did you mean `no_reuse`"],
    ["--schedules", "./none.tg", "E1301"],
    ["--schedules", "./mine.tg#c", "E1312"],
    ["--targets", "trn2,trn9", "E1304"],
    ["--targets", "webgpu", "E1304"],
    ["--dim", "Q=1,2", "E0"],
  ] as const) {
    const { log, exitCode } = await folder.run("compare", "dataflows.tg", option, value);
    expect([exitCode, log]).toEqual([1, expect.stringContaining(code)]);
  }
  expect((await folder.run("compare", "dataflows.tg", "--dim", "M=1,x")).exitCode).toBe(2);
});

test("profile --json has the metrics, and each is a finite number", async () => {
  const profile = await folder.json("profile", "dataflows.tg", "--schedule", "no_reuse");
  expect(Object.keys(profile.metrics as object)).toEqual(profileMetrics.map(({ name }) => name));
  expect(Object.values(profile.metrics as object).every(Number.isFinite)).toBe(true);
  expect(metricsOf(profile as unknown as Profile)).toEqual(profile.metrics);
});
