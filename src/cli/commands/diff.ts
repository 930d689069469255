// `tgc diff`: whether two programs differ in their looks, in their performance or in what they mean.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { noSpans } from "../../../ir-spec/base/span.ts";
import { maxImageBytes } from "../../../ir-spec/limits.ts";
import { decodeStream } from "../../../targets/neuron/encode/decode.ts";
import { type DiffProgram, diffPrograms } from "../../diff/diff.ts";
import { failsOn } from "../../diff/fail-on.ts";
import { stageOfFile } from "../../driver/programs.ts";
import { printDiff } from "../../report/print-diff.ts";
import { readBytes, readSource } from "../files.ts";
import { type LabelledJob, labelledRemarks } from "../job-notes.ts";
import { loadJob, loadProgram, loadTargetOf } from "../load.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";

type Options = Given<"diff">["options"];

/** No program is larger. */
const maxComparedBytes = 2 ** 28;

export function diffCommand({ args, options }: Given<"diff">, { io }: CommandContext): CommandResult {
  const equal = haveEqualBytes(io.cwd, args.before, args.after);
  if (!equal.ok) return equal;
  const before = loadSide(io.cwd, args.before, options);
  const after = loadSide(io.cwd, args.after, options);
  if (!before.ok || !after.ok) {
    return fail([...(before.ok ? [] : before.error), ...(after.ok ? [] : after.error)]);
  }
  const pair = { before: before.value, after: after.value, seed: options.seed, areEqual: equal.value };
  const report = diffPrograms(pair);
  if (report === undefined) {
    return fail([at(problem("E1317", { before: args.before, after: args.after }), undefined)]);
  }
  const [text, colored] = [false, true].map((color) => printDiff(report, args, color)) as [string, string];
  const sides = { [args.before]: before.value, [args.after]: after.value };
  const log = options.remarks ? labelledRemarks(graphsOf(sides)) : "";
  return ok({ exitCode: failsOn(report, options.failOn) ? 1 : 0, text, colored, log, json: { ...args, ...report } });
}

/** Programs of other stages have been through the passes. */
function graphsOf(sides: Readonly<Record<string, DiffProgram>>): readonly LabelledJob[] {
  return Object.entries(sides).flatMap(([label, side]) => (side.stage === "graph" ? [{ label, ...side }] : []));
}

function haveEqualBytes(cwd: string, before: string, after: string): Result<boolean> {
  const a = readBytes(cwd, before, maxComparedBytes);
  const b = readBytes(cwd, after, maxComparedBytes);
  if (!a.ok) return a;
  if (!b.ok) return b;
  return ok(a.value.length === b.value.length && a.value.every((byte, index) => byte === b.value[index]));
}

function loadSide(cwd: string, file: string, options: Options): Result<DiffProgram> {
  if (file.endsWith(".bin")) return loadImage(cwd, file, options);
  if (file.endsWith(".wgsl")) {
    const source = readSource(cwd, file);
    return source.ok ? ok({ stage: "wgsl", text: source.value.text }) : source;
  }
  const stage = stageOfFile(file);
  if (stage === "graph") {
    const job = loadJob(cwd, file, options);
    return job.ok ? ok({ stage, graph: job.value.graph, options: job.value.options }) : job;
  }
  const loaded = loadProgram(cwd, file, stage, options);
  return loaded.ok ? ok({ ...loaded.value.program, target: loaded.value.target }) : loaded;
}

function loadImage(cwd: string, file: string, options: Options): Result<DiffProgram> {
  const image = readBytes(cwd, file, maxImageBytes);
  const program = image.ok ? decodeStream(image.value) : image;
  if (!program.ok) return program;
  const target = loadTargetOf(cwd, program.value.machine, options);
  return target.ok ? ok({ stage: "stream", program: program.value, spanOf: noSpans, target: target.value }) : target;
}
