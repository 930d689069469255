// A machine that is better in one number does not make a program much slower: the schedules that it gets are chosen for it. Long runs take
// larger samples.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { timeGraph } from "../../../src/driver/profile.ts";
import { changeTarget, type Target, targetByName } from "../../../src/driver/targets.ts";

/** By what each number is multiplied: each makes the machine better. */
const changes: { readonly [N in keyof Machine]?: number } = {
  sbufBytesPerPartition: 2,
  hbmBytesPerSecond: 2,
  dmaEngines: 2,
  dmaStartNs: 0.5,
  dmaIssueNs: 0.5,
  peClockHz: 2,
  actClockHz: 2,
  dveClockHz: 2,
};

/** Assumed: what a choice by estimates may miss. */
const mostSlower = 1.03;

const isLong = process.env.TGC_LONG !== undefined;
const samples: readonly (readonly [string, Readonly<Record<string, number>>])[] = isLong
  ? [
      ["gemm", {}],
      ["mlp", {}],
      ["attention", {}],
    ]
  : [["gemm", { M: 384, N: 640, K: 512 }]];

function unwrap<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const timeOn = (graph: Graph, target: Target): number =>
  unwrap(timeGraph(graph, { target, strategy: "heuristic" })).profile.timeNs;

const trn2 = unwrap(targetByName("trn2"));

test.each(samples)("%s with %o on a trn2 that is better in one number", (name, dims) => {
  const text = readFileSync(`samples/${name}.tg`, "utf8");
  const { graph } = unwrap(loadGraph({ name: `${name}.tg`, text }, { dims }));
  const beforeNs = timeOn(graph, trn2);
  for (const [number, factor] of Object.entries(changes)) {
    const value = Number(trn2.machine[number as keyof Machine]) * factor;
    const afterNs = timeOn(graph, unwrap(changeTarget(trn2, [{ name: number, value }])));
    expect(`${number} ${afterNs / beforeNs <= mostSlower ? "is no slower" : afterNs / beforeNs}`).toBe(
      `${number} is no slower`,
    );
  }
});
