// Takes a graph through all stages and compares what each computes with the reference, as `tgc check` does: within the noise of
// each element. In f32 the optimised graph and the tile program also run without any rounding, so that no mistake of theirs can
// hide in one.
import { isFloat } from "../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import type { Strategy } from "../../passes/lower/kinds/define.ts";
import { lowerGraph } from "../../passes/lower/lower.ts";
import { parsePipeline } from "../../passes/pipeline-text.ts";
import { runPasses } from "../../passes/run.ts";
import { passEnv, tilePipeline, withFusion } from "../../src/driver/compile.ts";
import type { NoisyReference } from "../../src/driver/noise.ts";
import { targetRow } from "../../src/driver/targets.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { compareWith, makeNoisyCase } from "../bounds/noisy.ts";

type Values = ReadonlyMap<string, Tensor>;

export interface StageOptions {
  readonly machine: Machine;
  readonly strategy: Strategy;
  readonly schedule?: Schedule | undefined;
  readonly fusion?: FusionMode | undefined;
}

/** What all stages agree on: the reference and its noise. */
export interface Agreement {
  readonly kind: "agrees";
  readonly stream: Stream;
  readonly reference: NoisyReference;
}

/** What became of a case: every stage agrees, it does not fit the machine (said as a diagnostic), or what went wrong. */
export type StageOutcome =
  | Agreement
  | { readonly kind: "does-not-fit"; readonly codes: readonly string[] }
  | { readonly kind: "wrong"; readonly stage: string; readonly why: string };

const pipeline = "canonicalize,constant-fold,cse,dce,expand,canonicalize,cse,dce,fuse";

/** What a schedule may rightly be refused for, and a kernel that a user wrote. */
const refusals: readonly string[] = ["E0801", "E0802", "E0803", "E0606"];
const kernelRefusals: readonly string[] = ["E0601", "E0605"];

export function runStages(graph: Graph, inputs: Values, options: StageOptions): StageOutcome {
  const { machine } = options;
  const env = passEnv({ machine });
  const steps = parsePipeline(pipeline, { from: "graph", to: "graph" });
  if (!steps.ok) return wrong("pipeline", text(steps.error));
  const optimised = runPasses(withFusion(steps.value, options.fusion), graph, { env });
  if (!optimised.ok) return wrong("passes", text(optimised.error));
  const choice = { strategy: options.strategy, ...(options.schedule ? { schedule: options.schedule } : {}) };
  const lowered = lowerGraph(optimised.value.ir, choice, env);
  if (!lowered.ok) return refused("lower", lowered.error, graph);
  const improved = runPasses(tilePipeline(targetRow("neuron").tilePasses), lowered.value.program, { env });
  if (!improved.ok) return wrong("tile passes", text(improved.error));
  const program = improved.value.ir;
  const invalid = verifyTile(program);
  if (invalid.length > 0) return wrong("verify-tile", text(invalid));
  const compiled = compileTiles(program, options.machine);
  if (!compiled.ok) return refused("compile", compiled.error, graph);
  const report = checkStream(compiled.value, options.machine);
  if (!report.ok) return wrong("check", text(report.diagnostics.slice(0, 3)));
  return compareStages(
    { graph, optimised: optimised.value.ir, program, stream: compiled.value },
    inputs,
    options.machine,
  );
}

/** A program at all its stages. */
interface Stages {
  readonly graph: Graph;
  readonly optimised: Graph;
  readonly program: TileProgram;
  readonly stream: Stream;
}

function compareStages({ graph, optimised, program, stream }: Stages, inputs: Values, machine: Machine): StageOutcome {
  const simulated = simulate(stream, machine, inputs);
  if (!simulated.ok) return wrong("simulate", text(simulated.error));
  const { reference } = makeNoisyCase(graph, inputs, false);
  const differsUnrounded = (): StageOutcome | undefined =>
    findDifference("optimised, unrounded", reference, runGraph(optimised, inputs, { rounding: false })) ??
    findDifference("tile, unrounded", reference, runTile(program, inputs, { rounding: false }));
  return (
    (isWide(graph) ? differsUnrounded() : undefined) ??
    findDifference("tile", reference, runTile(program, inputs, { rounding: true })) ??
    findDifference("simulated", reference, simulated.value.outputs) ?? { kind: "agrees", stream, reference }
  );
}

/** Whether numbers are so precise that rounding them makes no difference to speak of. */
function isWide(graph: Graph): boolean {
  return graph.values.every(({ type }) => type.dtype === "f32" || !isFloat(type.dtype));
}

/** The first output that is further off than its bounds. */
export function findDifference(stage: string, reference: NoisyReference, found: Values): StageOutcome | undefined {
  if ([...reference.keys()].sort().join() !== [...found.keys()].sort().join()) {
    return wrong(stage, `the outputs are ${[...found.keys()].join()}, expected ${[...reference.keys()].join()}`);
  }
  for (const name of reference.keys()) {
    const { agree, reason, worst } = compareWith(reference, name, found.get(name));
    if (!agree) return wrong(stage, `${name}: ${reason}; the worst is ${JSON.stringify(worst)}`);
  }
  return undefined;
}

function refused(stage: string, diagnostics: readonly Diagnostic[], { kernels }: Graph): StageOutcome {
  const codes = diagnostics.map(({ code }) => code);
  const allowed = kernels.length > 0 ? [...refusals, ...kernelRefusals] : refusals;
  return codes.every((code) => allowed.includes(code))
    ? { kind: "does-not-fit", codes }
    : wrong(stage, text(diagnostics));
}

function wrong(stage: string, why: string): StageOutcome {
  return { kind: "wrong", stage, why };
}

function text(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, args, notes }) => [`${code} ${errorMessage(code, args)}`, ...notes.map((n) => n.text)].join("; "))
    .join("\n");
}
