// The kinds of files that a user can hand in, each with valid ones, a way to damage them, and all that is done with a file of the
// kind. Whatever the input, using it gives values or diagnostics: an exception, an internal error or a place outside of the text
// fails.
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { streamBases, validStreams, validTiles } from "./compiled.ts";
import { damageBytes, damageText, damageTextOrNumbers, damageWords } from "./damage.ts";
import { machineBases, useMachineFile } from "./machine-files.ts";
import {
  makeModel,
  makeStablehlo,
  useModel,
  usePb,
  useStablehlo,
  validModels,
  validPb,
  validStablehlo,
} from "./models.ts";
import { programBases, useProgram } from "./programs.ts";
import { makeScheduleText, useSchedule, validSchedules } from "./schedules.ts";
import { imageOf, useImage, useStreamText } from "./streams.ts";
import {
  makeNpy,
  makeNpz,
  makeSafetensors,
  useNpy,
  useNpz,
  useSafetensors,
  validNpy,
  validNpz,
  validSafetensors,
} from "./tensor-files.ts";
import { useTileText } from "./tiles.ts";
import { damageCommandLine, useCommandLine, usePipeline, validCommandLines, validPipelines } from "./words.ts";

/** What became of an input: the first code or reason, or "taken". */
export type Fate = string;

/** Makes an input and uses it. */
type Use = (random: Random) => Fate;

export interface HostileKind {
  readonly name: string;
  /** How many runs take well under a second. */
  readonly usualRuns: number;
  readonly runDamaged: Use;
  /** Each uses a valid input, which must be taken. */
  readonly runValid: () => readonly Use[];
}

interface Parts<T> {
  readonly name: string;
  readonly usualRuns: number;
  readonly valid: () => readonly T[];
  /** Damages a valid input, or makes one that is damaged. */
  readonly damage: (random: Random, valid: readonly T[]) => T;
  readonly use: (random: Random, input: T) => Fate;
}

function defineKind<T>({ name, usualRuns, valid, damage, use }: Parts<T>): HostileKind {
  return {
    name,
    usualRuns,
    runDamaged: (random) => use(random, damage(random, valid())),
    runValid: () => valid().map((input) => (random) => use(random, input)),
  };
}

export const hostileKinds: readonly HostileKind[] = [
  defineKind({
    name: "programs",
    usualRuns: 40,
    valid: () => programBases,
    damage: (random, valid) => damageText(random, random.pick(valid)),
    use: useProgram,
  }),
  defineKind({
    name: "schedules",
    usualRuns: 30,
    valid: () => validSchedules,
    damage: (random) => damageText(random, makeScheduleText(random)),
    use: useSchedule,
  }),
  defineKind({
    name: "pipelines",
    usualRuns: 100,
    valid: () => validPipelines,
    damage: (random, valid) => damageText(random, random.pick(valid)),
    use: (_random, text) => usePipeline(text),
  }),
  defineKind({
    name: "command lines",
    usualRuns: 100,
    valid: () => validCommandLines,
    damage: damageCommandLine,
    use: (_random, words) => useCommandLine(words),
  }),
  defineKind({
    name: "streams",
    usualRuns: 20,
    valid: () => validStreams().map(({ text }) => text),
    damage: (random) => damageTextOrNumbers(random, random.pick(streamBases()).text),
    use: useStreamText,
  }),
  defineKind({
    name: "images",
    usualRuns: 40,
    valid: () => validStreams().map(({ stream }) => imageOf(stream)),
    damage: (random) =>
      (random.oneIn(2) ? damageBytes : damageWords)(random, imageOf(random.pick(streamBases()).stream)),
    use: useImage,
  }),
  defineKind({
    name: "tile programs",
    usualRuns: 30,
    valid: validTiles,
    damage: (random, valid) => damageTextOrNumbers(random, random.pick(valid)),
    use: useTileText,
  }),
  defineKind({
    name: "machine files",
    usualRuns: 10,
    valid: () => machineBases,
    damage: (random, valid) => damageTextOrNumbers(random, random.pick(valid)),
    use: useMachineFile,
  }),
  defineKind({
    name: ".npy",
    usualRuns: 300,
    valid: validNpy,
    damage: makeNpy,
    use: (_random, bytes) => useNpy(bytes),
  }),
  defineKind({
    name: ".npz",
    usualRuns: 300,
    valid: validNpz,
    damage: makeNpz,
    use: (_random, bytes) => useNpz(bytes),
  }),
  defineKind({
    name: ".safetensors",
    usualRuns: 300,
    valid: validSafetensors,
    damage: makeSafetensors,
    use: (_random, bytes) => useSafetensors(bytes),
  }),
  defineKind({
    name: ".pb",
    usualRuns: 300,
    valid: validPb,
    damage: (random, valid) => damageBytes(random, random.pick(valid)),
    use: (_random, bytes) => usePb(bytes),
  }),
  defineKind({
    name: "ONNX models",
    usualRuns: 60,
    valid: validModels,
    damage: makeModel,
    use: (_random, bytes) => useModel(bytes),
  }),
  defineKind({
    name: "StableHLO programs",
    usualRuns: 40,
    valid: validStablehlo,
    damage: makeStablehlo,
    use: (_random, text) => useStablehlo(text),
  }),
];
