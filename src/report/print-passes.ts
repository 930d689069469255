// What passes did, one after the other, for `tgc opt` and `tgc compile`: the program after each, and their times.

import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { TileStatement } from "../../ir-spec/tile.ts";
import { printPipeline } from "../../passes/pipeline-text.ts";
import type { AnyIr, PassEvent } from "../../passes/run.ts";

/** A program of any stage in its text form. */
export function printIr({ level, ir }: AnyIr): string {
  return level === "graph" ? printGraph(ir) : printTileProgram(ir);
}

export interface ShownPasses {
  readonly printAfterAll?: boolean;
  readonly printChanged?: boolean;
  readonly timePasses?: boolean;
}

/** The program after the passes and the times, as asked for. */
export function printPassEvents(events: readonly PassEvent[], asked: ShownPasses): string {
  const { printAfterAll = false, printChanged = false, timePasses = false } = asked;
  const shown = events.filter(({ isChanged }) => printAfterAll || (printChanged && isChanged));
  const programs = shown.map(({ step, after, isChanged }) => {
    const title = `// after ${printPipeline([step])}${isChanged ? "" : ", nothing changed"}`;
    return `${title}\n${printIr(after)}\n`;
  });
  const times = events.map(({ step, elapsedMs }) => `${elapsedMs.toFixed(2).padStart(9)} ms  ${step.name}\n`);
  return [...programs, ...(timePasses ? times : [])].join("");
}

/** Times only where they are asked for: without them the same input gives the same bytes. */
export function passEventJson({ step, before, after, isChanged, elapsedMs }: PassEvent, isTimed: boolean) {
  const counts = { nodesBefore: nodeCount(before), nodesAfter: nodeCount(after) };
  return { pass: printPipeline([step]), isChanged, ...counts, ...(isTimed ? { elapsedMs } : {}) };
}

/** Nodes of a graph, or statements of a tile program but loops and buffers. */
function nodeCount({ level, ir }: AnyIr): number {
  if (level === "graph") return ir.nodes.length;
  return ir.kernels.reduce((sum, { body }) => sum + opCount(body), 0);
}

function opCount(body: readonly TileStatement[]): number {
  return body.reduce((sum, statement) => {
    if (statement.kind === "loop") return sum + opCount(statement.body);
    return sum + (statement.kind === "op" ? 1 : 0);
  }, 0);
}
