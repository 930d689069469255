// Takes a graph through all stages and compares what each computes: the graph as it is, the optimised graph, the tile
// program and the stream. Two comparisons keep mistakes from hiding after rounding: without any rounding, the graph and the
// tile program must agree almost to the last bit of f64; with rounding, the tile program and the simulated stream must
// agree almost exactly, as both round at the same places.
import { isFloat, ulpAt } from "../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import type { Strategy } from "../../passes/lower/kinds/define.ts";
import { lowerGraph } from "../../passes/lower/lower.ts";
import { parsePipeline } from "../../passes/pipeline-text.ts";
import { runPasses } from "../../passes/run.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { costFunction } from "../../targets/neuron/cost.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { runTile } from "../../targets/ref/tile.ts";

type Values = ReadonlyMap<string, Tensor>;

export interface StageOptions {
  readonly machine: Machine;
  readonly strategy: Strategy;
  readonly schedule?: Schedule | undefined;
}

/** What all stages agree on: the reference's values and the simulator's, and how far an executor may be off an output. */
export interface Agreement {
  readonly kind: "agrees";
  readonly stream: Stream;
  readonly reference: Values;
  readonly simulated: Values;
  readonly boundOf: (name: string) => number;
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

/** How far computations in f64 may differ, relative to the largest element: numbers in the program are rounded to f32. */
const relativeNoise = 2 ** -20;

/**
 * The same for computations that round to f32 in other places; a mistake makes errors as large as the elements themselves.
 * Normalizing a constant row makes 1 / sqrt(epsilon) times the rounding error of the mean, so it is no smaller. Folded
 * constants are rounded, too.
 */
const relativeRounding = 2 ** -10;

export function runStages(graph: Graph, inputs: Values, options: StageOptions): StageOutcome {
  const env = { machine: options.machine, cost: costFunction(options.machine) };
  const steps = parsePipeline(pipeline, { from: "graph", to: "graph" });
  if (!steps.ok) return wrong("pipeline", text(steps.error));
  const optimised = runPasses(steps.value, graph, { env });
  if (!optimised.ok) return wrong("passes", text(optimised.error));
  const choice = { strategy: options.strategy, ...(options.schedule ? { schedule: options.schedule } : {}) };
  const lowered = lowerGraph(optimised.value.ir, choice, env);
  if (!lowered.ok) return refused("lower", lowered.error, graph);
  const { program } = lowered.value;
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
  const exact = runGraph(graph, inputs, { rounding: false });
  const rounded = runGraph(graph, inputs, { rounding: true });
  const tiled = runTile(program, inputs, { rounding: true });
  const simulated = simulate(stream, machine, inputs);
  if (!simulated.ok) return wrong("simulate", text(simulated.error));
  const folded = runGraph(optimised, inputs, { rounding: false });
  const noise = (name: string): number => relativeNoise * magnitude(exact.get(name));
  const rounding = (name: string): number => relativeRounding * magnitude(exact.get(name));
  const own = (name: string): number =>
    rounding(name) + 64 * ulpOf(exact.get(name)) + 8 * spread(exact.get(name), rounded.get(name));
  const differsUnrounded = (): StageOutcome | undefined =>
    findDifference("optimised", exact, folded, rounding) ??
    findDifference("tile, unrounded", folded, runTile(program, inputs, { rounding: false }), noise);
  const { outputs } = simulated.value;
  return (
    (isWide(graph) ? differsUnrounded() : undefined) ??
    findDifference("tile", rounded, tiled, own) ??
    findDifference("simulated", tiled, outputs, own) ?? {
      ...{ kind: "agrees", stream, reference: rounded, simulated: outputs, boundOf: own },
    }
  );
}

/** Whether numbers are so precise that rounding them makes no difference to speak of. */
function isWide(graph: Graph): boolean {
  return graph.values.every(({ type }) => type.dtype === "f32" || !isFloat(type.dtype));
}

/** The first element that is further off than its tensor's bound. */
export function findDifference(
  stage: string,
  wanted: Values,
  found: Values,
  boundOf: (name: string) => number,
): StageOutcome | undefined {
  if ([...wanted.keys()].sort().join() !== [...found.keys()].sort().join()) {
    return wrong(stage, `the outputs are ${[...found.keys()].join()}, expected ${[...wanted.keys()].join()}`);
  }
  for (const [name, { data, dtype }] of wanted) {
    const other = found.get(name)?.data ?? new Float64Array(0);
    const bound = isFloat(dtype) ? boundOf(name) : 0;
    const position = data.findIndex((x, index) => !isNear(x, other[index] ?? Number.NaN, bound));
    if (position < 0 && data.length === other.length) continue;
    return wrong(stage, `${name}[${position}] is ${other[position]}, expected ${data[position]} within ${bound}`);
  }
  return undefined;
}

function isNear(x: number, y: number, bound: number): boolean {
  return Object.is(x, y) || Math.abs(x - y) <= bound;
}

/** The largest finite element, or 1. */
function magnitude(tensor: Tensor | undefined): number {
  return largest(1, tensor?.data.map(Math.abs) ?? []);
}

function largest(least: number, numbers: Iterable<number>): number {
  let found = least;
  for (const x of numbers) if (Number.isFinite(x) && x > found) found = x;
  return found;
}

function ulpOf(tensor: Tensor | undefined): number {
  return tensor === undefined || !isFloat(tensor.dtype) ? 0 : ulpAt(tensor.dtype, magnitude(tensor));
}

/** The program's own noise: the largest difference that rounding makes. */
function spread(exact: Tensor | undefined, rounded: Tensor | undefined): number {
  return largest(0, exact?.data.map((x, at) => Math.abs(x - (rounded?.data[at] ?? x))) ?? []);
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
