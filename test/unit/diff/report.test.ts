// The report for people: colours on a terminal alone, and names from files without control characters.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import { failsOn } from "../../../src/diff/fail-on.ts";
import type { DiffReport } from "../../../src/diff/report.ts";
import { printDiff } from "../../../src/report/print-diff.ts";

const report: DiffReport = {
  stage: "graph",
  target: "tiny",
  verdict: "performance",
  renamed: [{ before: "a", after: "b\u001b[2J" }],
  values: { kind: "proven", why: "each result is computed by the same ops" },
  figures: [
    { name: "time", unit: "ns", before: 100, after: 104 },
    { name: "HBM read", unit: "B", before: 0, after: 8 },
  ],
  changes: [{ section: "kernel \u001b[2J", lines: [{ sign: "+", text: "y = \u001b[2J" }] }],
};

describe("the report", () => {
  test("has colours where they are asked for", () => {
    expect(printDiff(report, { before: "a.tg", after: "b.tg" }, true)).toContain("\u001b[33mperformance");
    expect(printDiff(report, { before: "a.tg", after: "b.tg" }, false)).not.toContain("\u001b");
  });

  test("lets no control character of a name pass", () => {
    expect(printDiff(report, { before: "\u001b[2J.tg", after: "b.tg" }, true)).not.toContain("\u001b[2J");
  });

  test("is printed with its colours on a terminal", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tgc-diff-"));
    for (const [file, op] of [
      ["a.tg", "exp"],
      ["b.tg", "tanh"],
    ] as const) {
      writeFileSync(join(folder, file), `graph g(x: f32[4]) -> (y: f32[4]) {\n  y = ${op}(x)\n}\n`);
    }
    const print = async (isTerminal: boolean): Promise<string> => {
      const out: string[] = [];
      const io = { cwd: folder, columns: 100, stdout: (text: string) => out.push(text), stderr: () => {}, isTerminal };
      expect(await runCli(["diff", "a.tg", "b.tg"], io)).toBe(1);
      return out.join("");
    };
    expect(await print(true)).toContain("\u001b[31mmeaning");
    expect(await print(false)).not.toMatch(/[^ -~\n]|u001b/);
    rmSync(folder, { recursive: true });
  });
});

describe("--fail-on", () => {
  test.each([
    ["meaning", "performance", false],
    ["meaning", "meaning", true],
    ["performance", "cosmetic", false],
    ["performance", "performance", true],
    ["cosmetic", "cosmetic", true],
    ["cosmetic", "same", false],
    ["performance:5%", "meaning", true],
  ] as const)("%s with the verdict %s", (failOn, verdict, fails) => {
    expect(failsOn({ ...report, verdict, figures: [] }, failOn)).toBe(fails);
  });

  test("with a share looks at the figures that grew", () => {
    const [time] = report.figures;
    const withTime = { ...report, figures: time === undefined ? [] : [time] };
    expect(failsOn(withTime, "performance:5%")).toBe(false);
    expect(failsOn(withTime, "performance:3")).toBe(true);
    expect(failsOn({ ...withTime, verdict: "cosmetic" }, "performance:3%")).toBe(true);
    expect(failsOn(report, "performance:500%")).toBe(true);
    expect(failsOn({ ...report, figures: [] }, "performance:5%")).toBe(true);
  });
});
