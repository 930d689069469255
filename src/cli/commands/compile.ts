// `tgc compile`: a graph or a tile program to the program of a target, or to a stage on the way there.

import { fail } from "../../../ir-spec/base/result.ts";
import type { PassEvent } from "../../../passes/run.ts";
import { compileToContent, tilesToContent } from "../../driver/compile.ts";
import { stageOfFile, stageWords, wrongStage } from "../../driver/programs.ts";
import { printPassEvents } from "../../report/print-passes.ts";
import { loadJob, loadProgram, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, contentTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

type CompileGiven = Given<"compile">["options"];

export function compileCommand({ args, options }: Given<"compile">, { io }: CommandContext): CommandResult {
  const stage = stageOfFile(args.file);
  if (stage === "stream") return fail([wrongStage(args.file, stage, `${stageWords.graph} or ${stageWords.tiles}`)]);
  return stage === "tiles" ? compileTileFile(args.file, options, io.cwd) : compileGraphFile(args.file, options, io.cwd);
}

function compileGraphFile(file: string, options: CompileGiven, cwd: string): CommandResult {
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate, locateRemarks, warnings } = job.value;
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const made = compileToContent(graph, options.printChanged ? { ...choices, observe } : choices, options.emit);
  if (!made.ok) return fail(locate(made.error));
  const { value: content, remarks, stage } = made.value;
  const said = options.remarks ? printRemarks(locateRemarks(remarks)) : "";
  const log = [unusedSchedules(job.value), printPassEvents(events, options), said].join("");
  const json = { graph: graph.name, target: choices.target.name, stage, remarks: remarksJson(locateRemarks(remarks)) };
  return contentTo(options.output, content, json, { log, warnings });
}

/** A tile program, as it is. */
function compileTileFile(file: string, options: CompileGiven, cwd: string): CommandResult {
  const { emit, output } = options;
  const loaded = loadProgram(cwd, file, "tiles", options);
  if (!loaded.ok) return loaded;
  const { program, target: machine } = loaded.value;
  if (program.stage !== "tiles") return fail([wrongStage(file, program.stage, stageWords.tiles)]);
  const made = tilesToContent(program.program, machine, emit);
  if (!made.ok) return made;
  const { value: content, stage } = made.value;
  const json = { graph: program.program.name, target: machine.name, stage, remarks: [] };
  return contentTo(output, content, json);
}
