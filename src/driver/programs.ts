// Programs of later stages, as texts: a file's ending says its stage, and any stage can be picked up again from its text.
//
//     prog.tg            a graph (stage 2)
//     prog.tile          a tile program (stage 4), as `tgc lower` prints it
//     prog.s, prog.asm   an instruction stream (stage 5), as `tgc compile` prints it

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { noSpans, type Source } from "../../ir-spec/base/span.ts";
import type { TensorType } from "../../ir-spec/base/tensor.ts";
import { parseLocatedTileProgram } from "../../ir-spec/parse-tile.ts";
import type { TensorRole, TileProgram } from "../../ir-spec/tile.ts";
import { findTooMuchTileData } from "../../ir-spec/tile-bounds.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { parseLocatedStream } from "../../targets/neuron/asm/parse-stream.ts";
import { checkForTime, checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { runStreamOnGpu } from "../../targets/neuron/gpu/run.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { findTooMuchData, findUnbounded } from "../../targets/neuron/stream-bounds.ts";
import type { StreamSpans } from "../../targets/neuron/stream-parts.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { type Execution, type ExecutorName, gpuExecution, noGpu, type Tensors } from "./executors.ts";
import { type TimedStream, timeStream } from "./profile.ts";
import type { Target } from "./targets.ts";

/** A program after the graph stage. */
export type DriverProgram =
  | { readonly stage: "tiles"; readonly program: TileProgram }
  | { readonly stage: "stream"; readonly program: Stream; readonly spanOf: StreamSpans };

export type FileStage = "graph" | DriverProgram["stage"];

const endings: Readonly<Record<string, FileStage>> = { tile: "tiles", s: "stream", asm: "stream" };

export const stageWords: { readonly [S in FileStage]: string } = {
  graph: "a graph (.tg)",
  tiles: "a tile program (.tile)",
  stream: "an instruction stream (.s)",
};

/** The stage of a file, by its ending; what has no known ending is a graph. */
export function stageOfFile(file: string): FileStage {
  const ending = file.slice(file.lastIndexOf(".") + 1);
  return Object.hasOwn(endings, ending) ? (endings[ending] ?? "graph") : "graph";
}

/** A file of a stage that a command does not take. */
export function wrongStage(file: string, found: FileStage, wanted: string) {
  return at(problem("E1313", { file, found: stageWords[found], expected: wanted }), undefined);
}

/** Reads a program; a tile program is verified. */
export function parseProgram(source: Source, stage: DriverProgram["stage"]): Result<DriverProgram> {
  if (stage === "stream") {
    const read = parseLocatedStream(source);
    return read.ok ? ok({ stage, program: read.value.stream, spanOf: read.value.spanOf }) : read;
  }
  const tiles = parseLocatedTileProgram(source);
  if (!tiles.ok) return tiles;
  const { program, spanOf } = tiles.value;
  const wrong = verifyTile(program, spanOf);
  return wrong.length > 0 ? fail(wrong) : ok({ stage, program });
}

interface RoleTensor extends TensorType {
  readonly name: string;
  readonly role?: TensorRole;
}

/** What a program asks for is bounded before anything is made for it; of the parts that a run with values must hold. */
export function checkRunnable(program: DriverProgram, { machine }: Target): readonly Diagnostic[] {
  if (program.stage === "tiles") {
    const tooMuch = findTooMuchTileData(program.program);
    return tooMuch === undefined ? [] : [at(tooMuch, undefined)];
  }
  const wrong = findUnbounded(program.program, machine);
  if (wrong.length > 0) return wrong.map(({ found, part }) => at(found, part && program.spanOf(part)));
  const tooMuch = findTooMuchData(program.program);
  return tooMuch === undefined ? [] : [at(tooMuch, undefined)];
}

/** The tensors that a run must be given. */
export function programInputs({ stage, program }: DriverProgram): readonly RoleTensor[] {
  const tensors: readonly RoleTensor[] = stage === "tiles" ? program.buffers : program.tensors;
  return tensors.filter(({ role }) => role === "input" || role === "weight" || role === "state");
}

/** The instruction stream of a program for a machine. */
export function programStream({ stage, program }: DriverProgram, { machine }: Target): Result<Stream> {
  return stage === "tiles" ? compileTiles(program, machine) : ok(program);
}

/**
 * The stream of a program, checked: proven right for a run with values, for a run of its time only what keeps it from having one. What
 * was made for another machine is left to the simulator, which says so.
 */
function soundStream(program: DriverProgram, target: Target, checkedFor: "values" | "time"): Result<Stream> {
  const { machine } = target;
  const stream = programStream(program, target);
  if (!stream.ok || stream.value.machine !== machine.name) return stream;
  const options = { spanOf: spansOf(program) };
  const wrong =
    checkedFor === "values"
      ? checkStream(stream.value, machine, options).diagnostics
      : checkForTime(stream.value, machine, options);
  return wrong.length > 0 ? fail(wrong) : stream;
}

function spansOf(program: DriverProgram): StreamSpans {
  return program.stage === "stream" ? program.spanOf : noSpans;
}

/** What runs a program. */
export interface ProgramRun {
  readonly on: ExecutorName;
  readonly target: Target;
  readonly gpu: GpuHost | undefined;
}

/** Runs a program: a tile program by itself, its instruction stream on the simulator or the GPU. */
export async function runProgram(
  program: DriverProgram,
  inputs: Tensors,
  { on, target, gpu }: ProgramRun,
): Promise<Execution> {
  if (on === "tiles" && program.stage === "tiles") {
    return { kind: "done", outputs: runTile(program.program, inputs, { rounding: true }) };
  }
  const stream = soundStream(program, target, "values");
  if (!stream.ok) return { kind: "failed", diagnostics: stream.error };
  const spanOf = spansOf(program);
  if (on === "webgpu-isa") {
    if (gpu === undefined) return noGpu;
    return gpuExecution(await runStreamOnGpu(stream.value, target.machine, inputs, { host: gpu, spanOf }));
  }
  const ran = simulate(stream.value, target.machine, inputs, { spanOf });
  if (!ran.ok) return { kind: "failed", diagnostics: ran.error };
  return { kind: "done", outputs: ran.value.outputs, report: ran.value.report };
}

/** Which executors run a program of a stage. */
export const programExecutors: { readonly [S in DriverProgram["stage"]]: readonly ExecutorName[] } = {
  tiles: ["tiles", "neuron", "webgpu-isa"],
  stream: ["neuron", "webgpu-isa"],
};

/** Simulates the time of a program. */
export function profileProgram(program: DriverProgram, target: Target, maxTraceEvents = 0): Result<TimedStream> {
  const stream = soundStream(program, target, "time");
  if (!stream.ok) return stream;
  const options = { spanOf: spansOf(program), maxTraceEvents };
  return timeStream(program.program.name, stream.value, target.machine, options);
}
