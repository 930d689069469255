// `tgc why-wrong`: mistakes planted in what the compiler makes are named, op and kind; right programs have none. The long test has more.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import type { CauseKind } from "../../../src/find/why-wrong/report.ts";
import { whyWrong } from "../../../src/find/why-wrong/why-wrong.ts";
import { parseGraph } from "../passes/support.ts";
import { choose, plantedCases } from "./plant.ts";
import { plantedPrograms } from "./planted-programs.ts";

const picks: readonly (readonly [program: string, level: string, kind: CauseKind])[] = [
  ["sums", "graph", "wrong axis"],
  ["elementwise", "graph", "wrong scale"],
  ["masked attention", "graph", "dropped mask"],
  ["square product", "graph", "swapped layout"],
  ["slices", "graph", "off by one"],
  ["largest", "graph", "NaN handling"],
  ["mlp", "tiles", "wrong tail"],
  ["mlp", "tiles", "swapped layout"],
  ["layer norm", "tiles", "f16 overflow"],
  ["rms norm", "stream", "off by one"],
  ["gated mlp", "stream", "missing token"],
  ["rms norm", "stream", "wrong scale"],
];

describe("planted mistakes", () => {
  test.each(picks)("%s, %s: %s", (program, level, kind) => {
    const cases = plantedCases(program, "naive").filter(
      ({ mistake }) => mistake.level === level && mistake.kind === kind,
    );
    const [verdict] = [...choose(cases, 1)];
    expect(verdict).toMatchObject({ namesOp: true, namesKind: true });
  });

  test("softmax, stream: stale ring slot", () => {
    const cases = plantedCases("softmax", "heuristic").filter(({ mistake }) => mistake.kind === "stale ring slot");
    const [verdict] = [...choose(cases, 1)];
    expect(verdict).toMatchObject({ namesOp: true, namesKind: true });
  });
});

test.each(["softmax", "attention", "layers of half"])("nothing is wrong with %s", (program) => {
  const graph = parseGraph(plantedPrograms[program] ?? "");
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no machine tiny");
  const compile = { target: target.value, strategy: "naive", fusion: "forced" } as const;
  const found = whyWrong({ graph, compile, inputs: makeRandomInputs(graph, 0), seed: 0, edited: {} });
  expect(found).toMatchObject({ ok: true, value: { agree: true } });
  expect(found.ok && found.value.kind).toBe("rounding only");
});
