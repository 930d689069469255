// Holds the whole repository to its architecture, and shows for each rule a file that breaks it, so that no rule is empty.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as importRules from "./import-rules.ts";
import { checkMachineNumbers, collectMachineNumbers } from "./machine-number-rule.ts";
import { checkOpLists } from "./op-list-rule.ts";
import { listTrackedFiles, makeSourceFile, readSourceFiles, rootDirectory, walkFiles } from "./source-files.ts";
import { maxLines, styleRules } from "./style-rules.ts";

const files = readSourceFiles();

test("every TypeScript file that git knows is looked at", () => {
  const seen = new Set(files.map((file) => file.path));
  const tracked = listTrackedFiles("*.ts", "*.mts", "*.cts") ?? [];
  expect(tracked.filter((path) => !seen.has(path))).toEqual([]);
  expect(seen.size).toBeGreaterThan(0);
});

describe("imports", () => {
  const { checkLayers, checkTargets, checkPackages, checkNodeGlobals, checkSpecifiers, checkCycles } = importRules;
  const { checkCheckerIsIndependent } = importRules;
  const importing = (path: string, specifier: string) => makeSourceFile(path, `import type { A } from "${specifier}";`);

  test.each([
    ["only leftwards", checkLayers],
    ["no target from another", checkTargets],
    ["npm and Node modules only at home", checkPackages],
    ["Node's globals only at home", checkNodeGlobals],
    ["relative ones with their ending", checkSpecifiers],
    ["no cycles", checkCycles],
    ["the stream's checker is independent", checkCheckerIsIndependent],
  ])("%s", (_name, check) => {
    expect(check(files)).toEqual([]);
  });

  const planted = [
    [checkLayers, importing("ir-spec/graph.ts", "../passes/pass.ts")],
    [checkLayers, importing("passes/graph/cse.ts", "../../src/index.ts")],
    [checkLayers, makeSourceFile("tools/a.ts", "")],
    [checkTargets, importing("targets/neuron/sim/run.ts", "../../webgpu/wgsl.ts")],
    [checkTargets, importing("targets/neuron/sim/run.ts", "../../gpu-host/host.ts")],
    [checkTargets, importing("targets/gpu-host/host.ts", "../webgpu/wgsl.ts")],
    [checkTargets, importing("targets/table.ts", "./neuron/compile/select.ts")],
    [checkTargets, importing("src/report/html.ts", "../../targets/ref/graph.ts")],
    [checkPackages, importing("src/driver/run.ts", "chevrotain")],
    [checkPackages, importing("ir-spec/graph.ts", "picocolors")],
    [checkPackages, importing("passes/graph/cse.ts", "node:fs")],
    [checkPackages, importing("src/cli/main.ts", "fs")],
    [checkPackages, importing("src/cli/main.ts", "@scope/unknown/sub")],
    [checkNodeGlobals, makeSourceFile("src/driver/run.ts", "const dir = process.cwd();")],
    [checkSpecifiers, importing("passes/graph/cse.ts", "./dce")],
    [checkSpecifiers, importing("passes/graph/cse.ts", "./missing.ts")],
  ] as const;
  test.each(planted.map(([check, file]) => ({ check, file })))(
    "$check.name: complains of $file.path: $file.text",
    (row) => {
      expect(row.check([row.file])).toHaveLength(1);
    },
  );

  test("what is allowed is not complained of", () => {
    const allowed = [
      importing("targets/webgpu/run.ts", "../gpu-host/host.ts"),
      importing("targets/neuron/gpu/run.ts", "../../gpu-host/host.ts"),
      importing("src/driver/check.ts", "../../targets/ref/graph.ts"),
      importing("targets/gpu-host/node-child.ts", "node:child_process"),
      importing("src/text/parser.ts", "chevrotain"),
    ];
    const complaints = [checkLayers, checkTargets, checkPackages].flatMap((check) => check(allowed));
    expect(complaints).toEqual([]);
  });

  test("a cycle is found, one of types and one of length one too", () => {
    const cycle = [importing("src/a.ts", "./b.ts"), importing("src/b.ts", "./c.ts"), importing("src/c.ts", "./a.ts")];
    expect(checkCycles(cycle)).toEqual(["src/a.ts:1: import cycle: src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts"]);
    expect(checkCycles([importing("src/a.ts", "./a.ts")])).toHaveLength(1);
  });

  test("a checker that reaches the allocator through another file is found", () => {
    const chain = [
      importing("targets/neuron/check/race.ts", "../live.ts"),
      importing("targets/neuron/live.ts", "./compile/allocate.ts"),
    ];
    expect(checkCheckerIsIndependent(chain)).toHaveLength(1);
  });
});

describe("style", () => {
  test.each(Object.entries(styleRules))("%s", (_name, rule) => {
    expect(files.flatMap(rule)).toEqual([]);
  });

  const planted: Readonly<Record<keyof typeof styleRules, readonly [path: string, text: string]>> = {
    "no default export": ["src/a.ts", "export { a as default };"],
    "no time limit of one test": ["test/a.test.ts", 'test("a", { timeout: 1 }, run);'],
    "no enum": ["src/a.ts", "export const enum A { x }"],
    "no namespace": ["src/a.ts", "export namespace A {}"],
    "no class but the chevrotain parser": ["src/text/a.ts", "class A extends B {}"],
    "no module-level let or var": ["src/a.ts", "export let a = 1;"],
    "no console but in the command and the scripts": ["src/driver/a.ts", "console.log(1);"],
    "no clock and no chance in the compiler": ["passes/a.ts", "const a = Math.random();"],
    "not too long": ["src/a.ts", "a;\n".repeat(maxLines + 1)],
    "begins with a comment": ["src/a.ts", "const a = 1; // one"],
    "named in kebab-case": ["src/aB.ts", ""],
    "tests lie in test/": ["src/a.test.ts", ""],
  };

  test.each(Object.entries(styleRules))("%s: complains of a planted mistake", (name, rule) => {
    const [path, text] = planted[name] ?? ["", ""];
    expect(rule(makeSourceFile(path, text))).toHaveLength(1);
  });

  test("what is allowed is not complained of", () => {
    const text = `// A parser.
      export class Parser extends CstParser { let() { let a = 1; return a.class + { class: 1, default: 2, let: 3 }; } }
      for (let i = 0; i < 3; i += 1) f("enum A {}", /class A/); // export default class`;
    const complaints = Object.values(styleRules).flatMap((rule) => rule(makeSourceFile("src/text/parser.ts", text)));
    expect(complaints).toEqual([]);
  });
});

describe("facts about ops", () => {
  test("stand in the tables, not in lists by name", () => {
    expect(files.flatMap(checkOpLists)).toEqual([]);
  });

  test("planted lists are found, and tables and pairs are not", () => {
    const text = `a = ["exp", "log", "sqrt"]; b = { exp: 1, log: 2, sqrt: 3 }; c = op === "exp" || op === "log"; d = ["add", "mul"];`;
    expect(checkOpLists(makeSourceFile("passes/a.ts", text))).toHaveLength(1);
    expect(checkOpLists(makeSourceFile("ir-spec/a.ts", text))).toEqual([]);
  });
});

describe("machine numbers", () => {
  const machineFiles = walkFiles([".json"]).filter((path) => /^targets\/neuron\/machines\/[^/]+\.json$/.test(path));
  const machines = machineFiles.map((path) => JSON.parse(readFileSync(join(rootDirectory, path), "utf8")));
  const machineNumbers = new Set(machines.flatMap(collectMachineNumbers));

  test("none is a literal outside the machine files", () => {
    expect(checkMachineNumbers(files, machineNumbers)).toEqual([]);
  });

  test("planted ones are found, whatever their spelling", () => {
    const numbers = new Set(collectMachineNumbers({ a: { b: [128, { c: 196608 }] }, kib: 1024, few: 8, name: "512" }));
    expect([...numbers]).toEqual([128, 196608]);
    const text = "a = 128; b = 0x80; c = 1 << 7; d = 192 * 1024; e = 196_608; /* 128 */ f = '128'; g = 1024;";
    expect(checkMachineNumbers([makeSourceFile("passes/tile/a.ts", text)], numbers)).toHaveLength(5);
    expect(checkMachineNumbers([makeSourceFile("targets/webgpu/a.ts", text)], numbers)).toEqual([]);
  });
});
