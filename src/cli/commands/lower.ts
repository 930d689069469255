// `tgc lower`: the tile program of a graph, or one as a text.

import { fail } from "../../../ir-spec/base/result.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { compileToText } from "../../driver/compile.ts";
import { stageOfFile, stageWords, wrongStage } from "../../driver/programs.ts";
import { loadJob, loadProgram, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

export function lowerCommand({ args, options }: Given<"lower">, { io }: CommandContext): CommandResult {
  const stage = stageOfFile(args.file);
  if (stage === "tiles") return printTileFile(args.file, options, io.cwd);
  if (stage === "stream") {
    return fail([wrongStage(args.file, stage, `${stageWords.graph} or ${stageWords.tiles}`)]);
  }
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const made = compileToText(graph, choices, "tiles");
  if (!made.ok) return fail(locate(made.error));
  const { value: text, remarks } = made.value;
  const log = unusedSchedules(job.value) + (options.remarks ? printRemarks(remarks) : "");
  const json = { graph: graph.name, target: choices.target.name, text, remarks: remarksJson(remarks) };
  return textTo(options.output, text, json, { log });
}

/** A tile program as a text: verified, and printed in canonical form. */
function printTileFile(file: string, { target, output }: Given<"lower">["options"], cwd: string): CommandResult {
  const loaded = loadProgram(cwd, file, "tiles", target);
  if (!loaded.ok) return loaded;
  const { program, target: machine } = loaded.value;
  const text = program.stage === "tiles" ? printTileProgram(program.program) : "";
  return textTo(output, text, { graph: program.program.name, target: machine.name, text, remarks: [] });
}
