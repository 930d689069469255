// The kinds of files that a user can hand in, each with valid ones to damage and all that is done with a file of the kind. Whatever
// the input, using it gives values or diagnostics: an exception, an internal error or a place outside of the text fails.
import type { Random } from "../random-choices.ts";
import { validStreams, validTiles } from "./compiled.ts";
import { damageBytes, damageText, damageTextOrNumbers, damageWords } from "./damage.ts";
import { machineBases, useMachineFile } from "./machine-files.ts";
import { programBases, useProgram } from "./programs.ts";
import { makeScheduleText, useSchedule } from "./schedules.ts";
import { makeImage, useImage, useStreamText } from "./streams.ts";
import { makeNpy, makeNpz, makeSafetensors, useNpy, useNpz, useSafetensors } from "./tensor-files.ts";
import { useTileText } from "./tiles.ts";
import { useCommandLine, usePipeline } from "./words.ts";

/** What became of an input: the first code or reason, or "taken". */
export type Fate = string;

export interface HostileKind {
  readonly name: string;
  /** How many runs take well under a second. */
  readonly usualRuns: number;
  /** Makes a damaged input and uses it; says what became of it. */
  readonly run: (random: Random) => Fate;
}

export const hostileKinds: readonly HostileKind[] = [
  {
    name: "programs",
    usualRuns: 40,
    run: (random) => useProgram(random, damageText(random, random.pick(programBases))),
  },
  {
    name: "schedules",
    usualRuns: 30,
    run: (random) => useSchedule(random, damageText(random, makeScheduleText(random))),
  },
  { name: "pipelines", usualRuns: 100, run: usePipeline },
  { name: "command lines", usualRuns: 100, run: useCommandLine },
  {
    name: "streams",
    usualRuns: 20,
    run: (random) => useStreamText(random, damageTextOrNumbers(random, random.pick(validStreams()).text)),
  },
  {
    name: "images",
    usualRuns: 40,
    run: (random) => useImage(random, (random.oneIn(2) ? damageBytes : damageWords)(random, makeImage(random))),
  },
  {
    name: "tile programs",
    usualRuns: 30,
    run: (random) => useTileText(random, damageTextOrNumbers(random, random.pick(validTiles()))),
  },
  {
    name: "machine files",
    usualRuns: 10,
    run: (random) => useMachineFile(random, damageTextOrNumbers(random, random.pick(machineBases))),
  },
  { name: ".npy", usualRuns: 300, run: (random) => useNpy(makeNpy(random)) },
  { name: ".npz", usualRuns: 300, run: (random) => useNpz(makeNpz(random)) },
  { name: ".safetensors", usualRuns: 300, run: (random) => useSafetensors(makeSafetensors(random)) },
];
