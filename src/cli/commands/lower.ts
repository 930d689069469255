// `tgc lower`: the tile program of a graph, or one as a text. One that the machine's memories do not hold is printed, too, and
// reported.

import { type Diagnostic, fail } from "../../../ir-spec/base/result.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { orderGraph } from "../../diff/normal/normal-graph.ts";
import { normalTileProgram } from "../../diff/normal/normal-tile.ts";
import { findMisfits, graphToTileText } from "../../driver/compile.ts";
import { stageOfFile, stageWords, wrongStage } from "../../driver/programs.ts";
import { diagnosticJson } from "../../report/diagnostics.ts";
import { loadJob, loadProgram, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

const printers = {
  text: printTileProgram,
  normal: (program: TileProgram) => printTileProgram(normalTileProgram(program)),
} as const;

export function lowerCommand({ args, options }: Given<"lower">, { io }: CommandContext): CommandResult {
  const stage = stageOfFile(args.file);
  if (stage === "tiles") return printTileFile(args.file, options, io.cwd);
  if (stage === "stream") {
    return fail([wrongStage(args.file, stage, `${stageWords.graph} or ${stageWords.tiles}`)]);
  }
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate, locateRemarks, warnings } = job.value;
  // The order in which statements are written decides which kernel comes first, and at times which ops fuse.
  const ordered = options.emit === "normal" ? orderGraph(graph) : graph;
  const made = graphToTileText(ordered, choices, printers[options.emit]);
  if (!made.ok) return fail(locate(made.error));
  const { value: text, remarks, misfits } = made.value;
  const log = unusedSchedules(job.value) + (options.remarks ? printRemarks(locateRemarks(remarks)) : "");
  return tilesTo(options.output, text, {
    ...{ log, warnings, misfits: locate(misfits) },
    json: { graph: graph.name, target: choices.target.name, text, remarks: remarksJson(locateRemarks(remarks)) },
  });
}

/** A tile program as a text: verified, and printed in canonical form. */
function printTileFile(file: string, options: Given<"lower">["options"], cwd: string): CommandResult {
  const { output, emit } = options;
  const loaded = loadProgram(cwd, file, "tiles", options);
  if (!loaded.ok) return loaded;
  const { program, target: machine } = loaded.value;
  if (program.stage !== "tiles") return fail([wrongStage(file, program.stage, stageWords.tiles)]);
  const text = printers[emit](program.program);
  return tilesTo(output, text, {
    misfits: findMisfits(program.program, machine),
    json: { graph: program.program.name, target: machine.name, text, remarks: [] },
  });
}

interface PrintedTiles {
  readonly log?: string;
  readonly warnings?: readonly Diagnostic[];
  readonly misfits: readonly Diagnostic[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** The text, and what does not fit beside it. */
function tilesTo(
  path: string | undefined,
  text: string,
  { log = "", warnings = [], misfits, json }: PrintedTiles,
): CommandResult {
  if (misfits.length === 0) return textTo(path, text, json, { log, warnings });
  const found = { ...json, diagnostics: misfits.map(diagnosticJson) };
  return textTo(path, text, found, { log, warnings, exitCode: 1, findings: misfits });
}
