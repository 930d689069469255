// `tgc shrink` of a program of 300 lines that is compiled without mistakes but for one kernel, or only slowly.
import { expect, test } from "vitest";
import { targetByName } from "../../../src/driver/targets.ts";
import { readKeep } from "../../../src/find/shrink/keep.ts";
import { linesOf, shrinkGraph } from "../../../src/find/shrink/shrink.ts";
import { parseGraph } from "../passes/support.ts";
import { largeProgram } from "./large-program.ts";

const never = { isOver: () => false };
const target = targetByName("tiny");
if (!target.ok) throw new Error("no machine tiny");
const options = { target: target.value, strategy: "heuristic" } as const;
const graph = parseGraph(largeProgram().replace("T = 4, D = 8, F = 16", "T = 256, D = 256, F = 512"));

test("a kernel that its schedule has no room for: streams of programs without it are not checked", async () => {
  const schedule = { name: "large", graph: "large", kernels: [{ kernel: "h7", fields: { slots_lhs: 4000 } }] };
  const compilation = { options, than: options, seed: 0 };
  const shrunk = await shrinkGraph({ graph, schedule }, readKeep("diagnostic:E0801"), compilation, never);
  expect(shrunk?.seen).toBe("E0801");
  expect(linesOf(shrunk?.text ?? "")).toBeLessThan(25);
});

test("a program that is slower without fusion", async () => {
  const compilation = { options: { ...options, fusion: "off" } as const, than: options, seed: 0 };
  const shrunk = await shrinkGraph({ graph }, readKeep("slower-than:5%"), compilation, never);
  expect(shrunk?.seen).toBe("slower");
  expect(linesOf(shrunk?.text ?? "")).toBeLessThan(25);
});
