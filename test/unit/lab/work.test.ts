// The lab's worker without a browser: what it answers to the page's questions.
import { expect, test } from "vitest";
import { commandLine } from "../../../src/lab/command-line.ts";
import { type LabAnswer, type LabOptions, type LabQuestion, usualOptions } from "../../../src/lab/lab-data.ts";
import { answerQuestion } from "../../../src/lab/work.ts";
import { makeBrowserGpuHost } from "../../../targets/gpu-host/browser.ts";

const text = `graph g<T = 4>(x: f32[T, 8], weight w: f32[8, 3]) -> (y: f32[T, 3]) {
  h = matmul(x, w) * 1
  y = softmax(h)
}
schedule small for g { kernel * { block_m=1 } }
schedule wrong for g { kernel * { slots_yy=1 } }
`;

/** As in a browser that has no WebGPU. */
const gpu = makeBrowserGpuHost(undefined);

function ask(
  kind: "diagnose" | "compile" | "run" | "check",
  some: Partial<LabOptions> = {},
  program = text,
): Promise<LabAnswer> {
  const state = { text: program, options: { ...usualOptions, target: "tiny", schedule: "", ...some } };
  const more = kind === "run" ? { kind, on: "neuron", seed: 1 } : kind === "check" ? { kind, seed: 1 } : { kind };
  return answerQuestion({ ...more, state } as LabQuestion, gpu);
}

const codesOf = (answer: LabAnswer): readonly string[] =>
  "diagnostics" in answer ? answer.diagnostics.map(({ code }) => code) : [answer.kind];

test("says what is wrong with a text, and what it offers to choose", async () => {
  const right = await ask("diagnose");
  expect(right).toEqual({
    kind: "diagnosed",
    diagnostics: [],
    parts: { graphs: ["g"], schedules: ["small", "wrong"], dims: [{ name: "T", size: 4 }] },
  });
  const wrong = await ask("diagnose", {}, text.replace("softmax", "sofmax"));
  const [found] = wrong.kind === "diagnosed" ? wrong.diagnostics : [];
  expect(found?.place?.start).toMatchObject({ line: 3, column: 7 });
  expect(found?.fix?.replacement).toBe("softmax");
});

test("says what nothing uses", async () => {
  const unused = text.replace("weight w:", "weight v: f32[8], weight w:");
  expect(codesOf(await ask("diagnose", {}, unused))).toEqual(["E0226"]);
  const other = "graph other(x: f32[4]) -> (y: f32[4]) { y = exp(x) }";
  expect(codesOf(await ask("diagnose", { graph: "other" }, unused + other))).toEqual([]);
  expect((await ask("compile", {}, unused)).kind).toBe("compiled");
});

test("compiles with the options of the page", async () => {
  const answer = await ask("compile", { dims: { T: 6 } });
  if (answer.kind !== "compiled") throw new Error(JSON.stringify(answer));
  const { report, profile, stages, passes, remarks } = answer.program;
  expect(report?.target).toBe("tiny");
  expect(report?.timeline.queue.length).toBeGreaterThan(5);
  expect(profile).toContain("g on tiny");
  expect(stages.map(({ title }) => title)).toEqual([
    "program",
    "graph",
    "fused graph",
    "tile program",
    "instruction stream",
  ]);
  expect(stages[1]?.text).toContain("f32[6, 8]");
  const canonicalized = passes[0];
  expect(canonicalized?.pass).toBe("canonicalize");
  expect(canonicalized?.lines.some(({ kind, text: line }) => kind === "removed" && line.includes("mul"))).toBe(true);
  expect(passes.find(({ isNewStage }) => isNewStage)?.pass).toMatch(/^lower/);
  expect(remarks.length).toBeGreaterThan(0);
});

test("changed machines, schedules and strategies count", async () => {
  const timeOf = async (some: Partial<LabOptions>): Promise<number | undefined> => {
    const answer = await ask("compile", some);
    return answer.kind === "compiled" ? answer.program.report?.timeNs : undefined;
  };
  const usual = await timeOf({});
  expect(usual).toBeGreaterThan(0);
  expect(await timeOf({ set: { programStartNs: 90_000 } })).toBeGreaterThan(usual ?? 0);
  expect(await timeOf({ schedule: "small" })).toBeGreaterThan(0);
});

test.each([
  ["an unknown target", { target: "abacus" }],
  ["an unknown strategy", { strategy: "guess" }],
  ["an unknown fusion", { fuse: "maybe" }],
  ["an unknown graph", { graph: "h" }],
  ["an unknown schedule", { schedule: "large" }],
  ["a schedule with a field that there is not", { schedule: "wrong" }],
  ["an unknown dimension", { dims: { U: 3 } }],
  ["a field of every object", { set: { constructor: 1 } }],
  ["a size that is no size", { dims: { T: 0.5 } }],
])("reports %s", async (_what, some) => {
  const codes = codesOf(await ask("compile", some as Partial<LabOptions>));
  expect(codes.length).toBeGreaterThan(0);
  for (const code of codes) expect(code).toMatch(/^E\d{4}$/);
});

test("WebGPU as target has stages and no report", async () => {
  const answer = await ask("compile", { target: "webgpu" });
  if (answer.kind !== "compiled") throw new Error(JSON.stringify(answer));
  expect(answer.program.report).toBeUndefined();
  expect(answer.program.stages.at(-1)?.text).toContain("@compute");
});

test("runs, with all values where they are few", async () => {
  const answer = await ask("run");
  if (answer.kind !== "ran") throw new Error(JSON.stringify(answer));
  const [y] = answer.values.tensors;
  expect(answer.values.text).toContain("random values (seed 1) for x, w");
  expect(y?.rows?.map((row) => row.length)).toEqual([3, 3, 3, 3]);
  for (const row of y?.rows ?? []) expect(row.map(Number).reduce((a, b) => a + b)).toBeCloseTo(1, 4);
  const large = await ask("run", { dims: { T: 200 } });
  expect(large.kind === "ran" && large.values.tensors[0]?.rows).toBeUndefined();
});

test("checks, and says why there is no WebGPU", async () => {
  const answer = await ask("check");
  if (answer.kind !== "checked") throw new Error(JSON.stringify(answer));
  expect(answer.verdict.agree).toBe(true);
  expect(answer.verdict.noGpu).toBe("this browser has no WebGPU");
});

test("names the command that does the same", () => {
  expect(commandLine("profile", usualOptions)).toBe("tgc profile program.tg");
  const options = {
    ...usualOptions,
    target: "trn1",
    fuse: "off",
    set: { dmaEngines: 32 },
    dims: { T: 256 },
    schedule: "small",
  };
  const words = "tgc profile program.tg --target trn1 --fuse off --schedule small --dim T=256 --set dmaEngines=32";
  expect(commandLine("profile", options)).toBe(words);
});
