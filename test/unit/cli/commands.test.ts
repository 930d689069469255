// Every command: its exit code, its JSON object, what goes to stdout and what to stderr, and the files it writes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandNames } from "../../../src/cli/specs.ts";
import { model, node, tensorBytes, valueInfo } from "../import/write-proto.ts";
import { makeFolder, smallProgram } from "./run-in-folder.ts";

const folder = makeFolder();
beforeAll(async () => {
  folder.write("small.tg", smallProgram);
  folder.write("checked.tg", `// RUN: tgc print %s\n// CHECK: matmul(x, w)\n${smallProgram}`);
  folder.write(
    "crash.txt",
    `tgc 0.1.0, node v20.19.0, linux x64\n\ntgc print small.tg\n\nError: no rule\n\n--- small.tg\n${smallProgram}`,
  );
  folder.write("space.json", JSON.stringify({ targets: ["tiny"] }));
  folder.write(
    "mapping.yaml",
    "problem: { shape: { dimensions: [M, N, K], data_spaces: [{ name: A, projection: [[[M]], [[K]]] }, { name: B, projection: [[[N]], [[K]]] }, { name: Z, projection: [[[M]], [[N]]], read_write: true }] }, M: 4, N: 4, K: 4 }\nmapping: [{ target: DRAM, type: temporal, factors: M=4 N=4 K=4 }]\n",
  );
  folder.write("wrong.tg", "graph g(x: f32[4]) -> (y: f32[4]) { y = hiden }\n");
  writeCase("cases/test_exp");
  await folder.run("compile", "small.tg", "--target", "tiny", "-o", "small.s");
  await folder.run("compile", "small.tg", "--target", "tiny", "--emit", "bin", "-o", "small.bin");
});
afterAll(() => folder.remove());

/** A case in the layout of the ONNX backend tests: exp of a 0. */
function writeCase(path: string): void {
  const x = valueInfo("x", "FLOAT", [1]);
  folder.write(`${path}/model.onnx`, model({ inputs: [x], outputs: ["y"], nodes: [node("Exp", ["x"], ["y"])] }));
  folder.write(`${path}/test_data_set_0/input_0.pb`, tensorBytes("FLOAT", [1], [0]));
  folder.write(`${path}/test_data_set_0/output_0.pb`, tensorBytes("FLOAT", [1], [1]));
}

/** One call of each command that works, with the fields that its object has. */
const calls: Readonly<Record<string, readonly [argv: readonly string[], fields: readonly string[]]>> = {
  compile: [
    ["small.tg", "--target", "tiny"],
    ["graph", "target", "stage", "text", "remarks"],
  ],
  run: [
    ["small.tg", "--target", "tiny"],
    ["graph", "executor", "target", "timeNs", "cycles", "seed", "random", "outputs"],
  ],
  check: [
    ["small.tg", "--target", "tiny"],
    ["agree", "graph", "target", "seed", "executors", "outputs"],
  ],
  profile: [
    ["small.tg", "--target", "tiny"],
    ["target", "timeNs", "cycles", "flops", "mfuPercent", "hbm", "engines", "sbuf", "psum", "bound", "kernels"],
  ],
  diff: [
    ["small.tg", "small.tg"],
    ["before", "after", "stage", "target", "verdict", "renamed", "values", "figures", "changes"],
  ],
  compare: [["small.tg", "--targets", "tiny"], ["runs"]],
  sweep: [
    ["small.tg", "--space", "space.json"],
    ["points", "fitting", "metrics", "front", "path"],
  ],
  tune: [
    ["small.tg", "--target", "tiny", "--budget", "4", "-o", "best.sched"],
    ["best", "heuristic", "tried", "path"],
  ],
  mapping: [
    ["mapping.yaml", "--target", "tiny"],
    ["tool", "product", "accesses", "fields", "schedule"],
  ],
  report: [
    ["small.tg", "--target", "tiny"],
    ["graph", "target", "timeNs"],
  ],
  completion: [["bash"], ["shell", "script"]],
  "why-wrong": [
    ["small.tg", "--target", "tiny", "--bisect-passes"],
    ["seed", "graph", "target", "agree", "inputs", "stages"],
  ],
  fuzz: [
    ["--budget", "1", "--target", "tiny"],
    ["seed", "programs", "refused", "failures"],
  ],
  replay: [["crash.txt"], ["version", "argv", "fails", "isSame", "exitCode", "recorded", "found"]],
  shrink: [
    ["wrong.tg", "--keep", "diagnostic:E0201"],
    ["keep", "seen", "tried", "isComplete", "before", "after", "text"],
  ],
  test: [["checked.tg"], ["passed", "failed", "tests", "diagnostics"]],
  import: [["cases/test_exp/model.onnx"], ["graph", "ops", "remarks", "text"]],
  conformance: [["cases"], ["cases"]],
  parse: [["small.tg"], ["file", "module"]],
  print: [["small.tg"], ["file", "graphs"]],
  fmt: [["small.tg"], ["files"]],
  opt: [["small.tg"], ["graph", "passes", "remarks"]],
  lower: [
    ["small.tg", "--target", "tiny"],
    ["graph", "target", "text", "remarks"],
  ],
  asm: [["small.s"], ["stream", "machine", "executedInstructions", "text", "notes"]],
  disasm: [["small.bin"], ["stream", "machine", "imageBytes", "text"]],
  machine: [
    ["check", "tiny"],
    ["file", "name", "sources", "peakFlops", "balance", "sbufBytes", "psumBytes"],
  ],
  "why-not": [
    ["small.tg", "fuse", "y", "y"],
    ["graph", "kernels", "isFused", "remarks", "timeNs"],
  ],
  explain: [["E0302"], ["subject", "entries"]],
  list: [["ops"], ["what", "items"]],
};

for (const name of commandNames) {
  test(`${name}: text on stdout and exit code 0; one object with --json`, async () => {
    const [argv, fields] = calls[name] ?? [[], []];
    const plain = await folder.run(name, ...argv);
    expect([plain.exitCode, plain.log.replace(/^note: (random|1 lines).*\n/, "")]).toEqual([0, ""]);
    expect(plain.out).toMatch(/\n$/);
    const object = await folder.json(name, ...argv);
    expect(object).toMatchObject({ schema: `tgc.${name}/1`, ok: true });
    for (const field of fields) expect(Object.keys(object)).toContain(field);
  });
}

test("the same call prints the same bytes", async () => {
  for (const name of ["compile", "lower", "run", "profile"]) {
    const argv = [name, "small.tg", "--target", "tiny"];
    expect((await folder.run(...argv)).out).toBe((await folder.run(...argv)).out);
  }
});

test("compile --print-changed prints every stage that changed something", async () => {
  folder.write("rows.tg", "graph g(x: f32[4096, 2048]) -> (y: f32[4096, 2048]) { y = softmax(x * 1) }\n");
  const { out, log } = await folder.run("compile", "rows.tg", "--print-changed");
  const titles = [...log.matchAll(/^\/\/ after ([^{\n]*).*$/gm)].map(([, step]) => step);
  expect(titles).toEqual(["canonicalize", "expand", "fuse", "lower", "pipeline-loops"]);
  expect(log).toMatch(/\/\/ after lower\nprogram g\n/);
  expect(out).toBe((await folder.run("compile", "rows.tg")).out);
});

test("a tile program goes the rest of the way: opt and compile give what compile gives for the graph", async () => {
  folder.write("rows.tg", "graph g(x: f32[4096, 2048]) -> (y: f32[4096, 2048]) { y = softmax(x) }\n");
  const passes = "canonicalize,constant-fold,cse,dce,expand,canonicalize,cse,dce,fuse,lower";
  await folder.run("opt", "rows.tg", "--passes", passes, "-o", "lowered.tile");
  await folder.run("opt", "lowered.tile", "-o", "rows.tile");
  expect(folder.read("rows.tile")).not.toBe(folder.read("lowered.tile"));
  for (const stage of ["tiles", "asm"]) {
    const fromTiles = await folder.run("compile", "rows.tile", "--emit", stage);
    const fromGraph = await folder.run("compile", "rows.tg", "--emit", stage);
    // A text names the tile of `x` otherwise than the tensor.
    expect(fromTiles.out.replaceAll("x_2", "x"), stage).toBe(fromGraph.out.replaceAll("x_2", "x"));
  }
});

test("a tile program that asks for what the machine does not have is not compiled", async () => {
  folder.write(
    "causal.tg",
    "graph g(q: bf16[1, 256, 128], k: bf16[1, 256, 128], v: bf16[1, 256, 128]) -> (y: bf16[1, 256, 128]) { y = attention(q, k, v, is_causal=true) }\n",
  );
  await folder.run("lower", "causal.tg", "--target", "trn2", "-o", "causal.tile");
  expect(folder.read("causal.tile")).toContain("range_select");
  const { exitCode, log } = await folder.run("compile", "causal.tile", "--target", "trn1", "-o", "causal.s");
  expect([exitCode, log]).toEqual([1, expect.stringContaining("error[E0714]: trn1 does not have range_select")]);
  expect(existsSync(join(folder.path, "causal.s"))).toBe(false);
  expect((await folder.run("compile", "causal.tile", "-o", "causal.s")).exitCode).toBe(0);
});

test("diagnostics end with 1 and stand in the object too", async () => {
  const { exitCode, out, log } = await folder.run("compile", "wrong.tg", "--json");
  expect(exitCode).toBe(1);
  expect(log).toContain("error[E0201]: `hiden` has no value here");
  expect(JSON.parse(out)).toMatchObject({
    schema: "tgc.compile/1",
    ok: false,
    diagnostics: [{ code: "E0201", place: { file: "wrong.tg", start: { line: 1, column: 41 } } }],
  });
});

test("check tells of each executor and of each output", async () => {
  const report = await folder.json("check", "small.tg", "--target", "tiny", "--all-stages");
  const executors = report.executors as readonly { readonly name: string; readonly available: boolean }[];
  expect(executors.map(({ name }) => name)).toEqual(["tiles", "neuron", "webgpu", "webgpu-isa"]);
  const present = executors.filter(({ available }) => available).map(({ name }) => name);
  const [output] = report.outputs as readonly { readonly comparisons: readonly Record<string, unknown>[] }[];
  expect(output).toMatchObject({ name: "y", dtype: "f32", shape: [4, 2] });
  expect(output?.comparisons.map(({ a, b, agree }) => [a, b, agree])).toEqual(
    present.map((name) => ["ref", name, true]),
  );
  for (const field of ["maxAbsError", "maxUlp", "bound"]) {
    expect(output?.comparisons.every((comparison) => typeof comparison[field] === "number")).toBe(true);
  }
});

test("check in own dtypes and widened; --precise leaves the first out", async () => {
  folder.write("half.tg", smallProgram.replaceAll("f32", "bf16"));
  const runsOf = async (...more: readonly string[]) => {
    const report = await folder.json("check", "half.tg", "--target", "tiny", ...more);
    const executors = report.executors as readonly { readonly name: string; readonly precise: boolean }[];
    return executors.filter(({ name }) => name === "neuron").map(({ precise }) => precise);
  };
  expect(await runsOf()).toEqual([false, true]);
  expect(await runsOf("--precise")).toEqual([true]);
});

test("-o writes the file whole and nothing to stdout", async () => {
  const { out } = await folder.run("compile", "small.tg", "--target", "tiny");
  const written = await folder.run("compile", "small.tg", "--target", "tiny", "-o", "out.s");
  expect(written).toEqual({ exitCode: 0, out: "", log: "" });
  expect(folder.read("out.s")).toBe(out);
});

test("what compile prints, asm reads and prints again", async () => {
  expect((await folder.run("asm", "small.s")).out).toBe(folder.read("small.s"));
});

test("fmt --check lists files that would change; -w changes them, once", async () => {
  folder.write("loose.tg", "graph g(x:f32[4])->(y:f32[4]){y=x}\n");
  expect(await folder.run("fmt", "--check", "loose.tg", "small.tg")).toMatchObject({ exitCode: 1, out: "loose.tg\n" });
  expect(folder.read("loose.tg")).toContain("(x:f32[4])");
  expect((await folder.run("fmt", "-w", "loose.tg", "small.tg")).out).toBe("loose.tg\n");
  expect(await folder.run("fmt", "--check", "loose.tg", "small.tg")).toMatchObject({ exitCode: 0, out: "" });
  expect(folder.read("small.tg")).toBe(smallProgram);
});

test("opt tells of its passes on stderr", async () => {
  const argv = ["opt", "small.tg", "--passes", "cse,fuse", "--print-changed", "--time-passes", "--remarks"];
  const { exitCode, out, log } = await folder.run(...argv);
  expect(exitCode).toBe(0);
  expect(log).toContain("// after fuse\n");
  expect(log).not.toContain("// after cse");
  expect(log).toMatch(/ms {2}cse\n/);
  expect(log).toMatch(/^fuse: /m);
  expect(out).toContain("kernel y {");
});

test("list has every kind; explain finds what is listed", async () => {
  for (const [what, name] of [
    ["ops", "softmax"],
    ["passes", "fuse"],
    ["insts", "matmul"],
    ["machines", "trn2"],
    ["errors", "E0302"],
    ["commands", "compile"],
  ] as const) {
    expect((await folder.run("list", what)).out).toMatch(new RegExp(`^${name} `, "m"));
    expect((await folder.run("explain", name)).exitCode).toBe(0);
  }
  expect((await folder.run("explain", "tile_m")).out).toContain("schedule field");
  expect((await folder.run("explain", "softmaxx")).log).toContain("did you mean `softmax`");
});

test("a schedule in a file of its own, by name, and one of several", async () => {
  const schedule = (name: string, rows: number) => `schedule ${name} for small { kernel y { tile_m=${rows} } }\n`;
  folder.write("two.tg", schedule("a", 2) + schedule("b", 4));
  const lower = (...more: readonly string[]) => folder.run("lower", "small.tg", "--target", "tiny", ...more);
  expect((await lower("--schedule", "two.tg#b")).out).toContain("tile_m=4");
  expect((await lower("--schedule", "two.tg")).log).toContain("error[E1312]");
  folder.write("both.tg", smallProgram + schedule("a", 2) + schedule("b", 4));
  const unused = await folder.run("lower", "both.tg", "--target", "tiny");
  expect(unused.log).toContain("choose with --schedule: a, b");
  expect((await folder.run("lower", "both.tg", "--target", "tiny", "--schedule", "a")).out).toContain("tile_m=2");
});

test("remarks of several compilations say of which, and equal ones come once", async () => {
  const compared = await folder.run("compare", "small.tg", "--targets", "tiny,trn2", "--remarks");
  expect(compared.log.match(/^heuristic on \w+:$/gm)).toEqual(["heuristic on tiny:", "heuristic on trn2:"]);
  const different = await folder.run("diff", "small.tg", "small.tg", "--remarks");
  expect(different.log.match(/^small\.tg.*:$/gm)).toEqual(["small.tg:"]);
  expect(different.log).toMatch(/^lower: kernel y /m);
});

test("a machine of one's own", async () => {
  const { machineByName } = await import("../../../targets/neuron/machines/index.ts");
  const { machineKeys } = await import("../../../ir-spec/machine.ts");
  const tiny = machineByName("tiny");
  const fields = Object.fromEntries(
    machineKeys.map((key) => [key, { value: tiny?.[key], source: "assumed: for this test" }]),
  );
  const machine = { schema: "tgc.machine/1", name: "mine", summary: "as tiny", fields };
  folder.write("mine.json", JSON.stringify(machine));
  expect((await folder.run("compile", "small.tg", "--target", "mine.json")).out).toContain("stream small for mine\n");
  folder.write("bad.json", JSON.stringify({ ...machine, name: 7 }));
  const bad = await folder.run("compile", "small.tg", "--target", "bad.json");
  expect([bad.exitCode, bad.log]).toEqual([1, expect.stringContaining("error[E1104]")]);
});

test("run writes its outputs, and reads them back", async () => {
  folder.write("copy.tg", "graph copy(y: f32[4, 2]) -> (z: f32[4, 2]) { z = y }\n");
  const first = await folder.run("run", "small.tg", "--on", "ref", "--out", "made/here");
  expect(first.exitCode).toBe(0);
  expect(existsSync(join(folder.path, "made/here/y.npy"))).toBe(true);
  const back = await folder.run("run", "copy.tg", "--on", "ref", "--input", "y=made/here/y.npy");
  expect(back.log).toBe("");
  expect(back.out.replace("z:", "y:")).toBe(first.out);
});

test("--seed changes the random values, --input and --weights are checked", async () => {
  const run = async (...more: readonly string[]) => folder.run("run", "small.tg", "--on", "ref", ...more);
  expect((await run("--seed", "1")).out).not.toBe((await run()).out);
  folder.write("no.npy", "no array");
  expect((await run("--input", "x=no.npy")).log).toContain("error[E1305]");
  await folder.run("run", "small.tg", "--on", "ref", "--out", "made");
  expect((await run("--input", "x=made/y.npy")).log).toContain("x is given f32[4, 2], expected f32[4, 8]");
  expect((await run("--input", "xx=made/y.npy")).log).toContain("error[E1306]");
  expect((await run("--weights", "made/y.npy")).log).toContain("error[E1305]");
});
