// `tgc why-wrong`: where executors part, and why.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { findTooMuchToGive, maxCheckedElements } from "../../driver/graph-data.ts";
import { graphParameters } from "../../driver/parameters.ts";
import { type DriverProgram, stageOfFile, wrongStage } from "../../driver/programs.ts";
import { findMismatch } from "../../find/why-wrong/mismatch.ts";
import type { Edited } from "../../find/why-wrong/stages.ts";
import { whyWrong } from "../../find/why-wrong/why-wrong.ts";
import { printBisection, printWhyWrong } from "../../report/print-why-wrong.ts";
import { jobNotes } from "../job-notes.ts";
import { loadJob, loadProgram } from "../load.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { loadTensors } from "../tensors/load.ts";

type Options = Given<"why-wrong">["options"];

export function whyWrongCommand({ args, options }: Given<"why-wrong">, { io }: CommandContext): CommandResult {
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: compile, locate } = job.value;
  const tooMuch = findTooMuchToGive(graph, maxCheckedElements);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const tensors = loadTensors(io.cwd, graphParameters(graph), options);
  if (!tensors.ok) return tensors;
  const edited = loadEdited(io.cwd, graph, options);
  if (!edited.ok) return edited;
  const { inputs, log } = tensors.value;
  const found = whyWrong({ graph, compile, inputs, seed: options.seed, edited: edited.value });
  if (!found.ok) return fail(locate(found.error));
  const bisection = options.bisectPasses ? printBisection(found.value.stages) : "";
  const [text, colored] = [false, true].map((color) => printWhyWrong(found.value, args.file, color) + bisection);
  return ok({
    exitCode: found.value.agree ? 0 : 1,
    text: text ?? "",
    colored: colored ?? "",
    json: { seed: options.seed, ...found.value },
    log: jobNotes(job.value, options) + log,
  });
}

/** The edited programs; each must take and give what the graph does. */
function loadEdited(cwd: string, graph: Graph, options: Options): Result<Edited> {
  const tiles = loadStage(cwd, options.tiles, "tiles", { graph, options });
  const stream = loadStage(cwd, options.stream, "stream", { graph, options });
  if (!tiles.ok || !stream.ok) return fail([...(tiles.ok ? [] : tiles.error), ...(stream.ok ? [] : stream.error)]);
  return ok({
    tiles: tiles.value?.stage === "tiles" ? tiles.value.program : undefined,
    stream: stream.value?.stage === "stream" ? stream.value.program : undefined,
  });
}

function loadStage(
  cwd: string,
  file: string | undefined,
  stage: DriverProgram["stage"],
  { graph, options }: { readonly graph: Graph; readonly options: Options },
): Result<DriverProgram | undefined> {
  if (file === undefined) return ok(undefined);
  const found = stageOfFile(file);
  if (found !== stage)
    return fail([wrongStage(file, found, stage === "tiles" ? "a tile program (.tile)" : "a stream (.s)")]);
  const loaded = loadProgram(cwd, file, stage, options);
  if (!loaded.ok) return loaded;
  const mismatch = findMismatch(graph, loaded.value.program);
  if (mismatch === undefined) return ok(loaded.value.program);
  return fail([at(problem("E1332", { file, graph: graph.name, why: mismatch }), undefined)]);
}
