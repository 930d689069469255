// Whether two texts that `tgc` printed are programs, and then what their difference means.

import type { Source } from "../../ir-spec/base/span.ts";
import { type DiffProgram, diffPrograms } from "../diff/diff.ts";
import type { DiffReport } from "../diff/report.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { parseProgram } from "../driver/programs.ts";
import { defaultMachineName, targetByName } from "../driver/targets.ts";

/** Compares two programs of one stage; undefined where a text is none, or is for a machine that has no name here. */
export function compareTexts(before: string, after: string): DiffReport | undefined {
  for (const read of [readStream, readTiles, readGraph]) {
    const first = read({ name: "before", text: before });
    const second = first === undefined ? undefined : read({ name: "after", text: after });
    if (first !== undefined && second !== undefined) return diffPrograms({ before: first, after: second, seed: 0 });
  }
  return undefined;
}

function readStream(source: Source): DiffProgram | undefined {
  const read = parseProgram(source, "stream");
  if (!read.ok || read.value.stage !== "stream") return undefined;
  const target = targetByName(read.value.program.machine);
  return target.ok ? { ...read.value, target: target.value } : undefined;
}

function readTiles(source: Source): DiffProgram | undefined {
  const read = parseProgram(source, "tiles");
  const target = targetByName(defaultMachineName);
  return read.ok && target.ok ? { ...read.value, target: target.value } : undefined;
}

function readGraph(source: Source): DiffProgram | undefined {
  const read = loadGraph(source, {});
  const target = targetByName(defaultMachineName);
  if (!read.ok || !target.ok) return undefined;
  const options = { target: target.value, strategy: "heuristic", schedule: undefined, fusion: undefined } as const;
  return { stage: "graph", graph: read.value.graph, options };
}
