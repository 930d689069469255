// `tgc.fuzz/1`: random programs, compiled with random schedules for several machines, and checked; those that fail are shrunk.

import { fusionModes } from "../../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { type OpName, opNames } from "../../../ir-spec/ops/index.ts";
import type { CompileOptions, Plant } from "../../driver/compile.ts";
import { type Target, targetByName } from "../../driver/targets.ts";
import { type Compilation, type Keep, see, tryCompile } from "../shrink/keep.ts";
import { type ShrinkLimits, shrinkGraph } from "../shrink/shrink.ts";
import { makeRandom, type Random } from "./random-choices.ts";
import { makeCase, type RandomGraphOptions, smoothOps } from "./random-graph.ts";
import { pickSchedule } from "./random-schedule.ts";

export interface FuzzLimits extends ShrinkLimits {
  readonly programs: number;
  /** For tests: a fault of the compiler. */
  readonly plant?: Plant;
  readonly tellProgram?: ((done: number, failures: number) => void) | undefined;
}

export interface FuzzFailure {
  /** Makes the program again: `tgc fuzz --seed N --budget 1`. */
  readonly seed: number;
  readonly keep: "crash" | "wrong";
  readonly seen: string;
  /** The shrunk program, and the options that it fails with. */
  readonly text: string;
  readonly options: string;
}

/** The fields of `tgc.fuzz/1`. */
export interface FuzzReport {
  readonly seed: number;
  readonly programs: number;
  /** Of them those that a machine has no room for, or a schedule does not fit. */
  readonly refused: number;
  readonly failures: readonly FuzzFailure[];
}

/** Products with what may be before and after them. */
const productOps: readonly OpName[] = [
  ...(["matmul", "matmul", "matmul", "transpose", "slice", "reshape", "broadcast_to"] as const),
  ...(["add", "mul", "gelu", "relu", "where", "cast", "reduce_max"] as const),
];

/** Families of programs; integers only where every op is exact, as functions differ by a bit. */
const families: readonly RandomGraphOptions[] = [
  { ops: smoothOps, dtypes: ["f32"], maxNodes: 6 },
  { ops: smoothOps, dtypes: ["f32", "bf16", "f16"], maxNodes: 6 },
  { ops: productOps, dtypes: ["f32", "bf16"], maxNodes: 5, maxSize: 30 },
  { ops: opNames.filter((op) => !op.includes("normalization")), dtypes: ["f32"], maxNodes: 4 },
];

const machines = ["tiny", "tiny", "trn1", "trn2", "trn3"] as const;

interface FuzzCase {
  readonly graph: Graph;
  readonly compile: CompileOptions;
}

/** The program of a seed, and how it is compiled. */
export function makeFuzzCase(seed: number, only: Target | undefined): FuzzCase {
  const random = makeRandom(seed);
  const family = random.pick(families);
  const steps = Array.from({ length: 1 + random.below(family.maxNodes ?? 6) }, () => random.below(2 ** 31));
  const { graph } = makeCase({ seed: random.below(2 ** 31), steps }, family);
  return { graph, compile: pickOptions(random, only ?? targetNamed(random.pick(machines))) };
}

function targetNamed(name: string): Target | undefined {
  const target = targetByName(name);
  return target.ok ? target.value : undefined;
}

function pickOptions(random: Random, target: Target | undefined): CompileOptions {
  const strategy = random.pick(["naive", "heuristic"] as const);
  const fusion = random.pick(fusionModes);
  const schedule = random.oneIn(2) ? pickSchedule(random) : undefined;
  return { target: target as Target, strategy, fusion, schedule };
}

export async function fuzz(seed: number, only: Target | undefined, limits: FuzzLimits): Promise<FuzzReport> {
  const failures: FuzzFailure[] = [];
  let [programs, refused] = [0, 0];
  for (let index = 0; index < limits.programs && !limits.isOver(); index++) {
    const own = seed + index;
    const made = makeFuzzCase(own, only);
    const compile = { ...made.compile, plant: limits.plant };
    const { failure, isRefused } = await tryCase(own, { ...made, compile }, limits);
    programs++;
    if (isRefused) refused++;
    if (failure !== undefined) failures.push(failure);
    limits.tellProgram?.(programs, failures.length);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { seed, programs, refused, failures };
}

async function tryCase(seed: number, { graph, compile }: FuzzCase, limits: FuzzLimits) {
  const compilation: Compilation = { options: compile, than: compile, seed };
  const state = { graph, schedule: compile.schedule };
  for (const kind of ["crash", "wrong"] as const) {
    const keep: Keep = { kind };
    const seen = await see(state, keep, compilation);
    if (seen === undefined) continue;
    const shrunk = await shrinkGraph(state, keep, compilation, limits);
    const { target, strategy, fusion } = compile;
    const options = `--target ${target.name} --strategy ${strategy} --fuse ${fusion}`;
    return { failure: { seed, keep: kind, seen, text: shrunk?.text ?? "", options }, isRefused: false };
  }
  return { failure: undefined, isRefused: tryCompile(graph, compile).diagnostics.length > 0 };
}
