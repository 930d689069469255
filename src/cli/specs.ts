// THE COMMAND TABLE: every command with its arguments and options, each in its own file of `specs/`. The parser of the command
// line, `--help`, CLI.md and the types that the commands get are made from it. What a command does is in `commands/`, loaded
// when it is called.

import type { CommandSpec } from "./command-spec.ts";
import type { ArgValue, OptionValue } from "./option-kinds.ts";
import { asmSpec } from "./specs/asm.ts";
import { checkSpec } from "./specs/check.ts";
import { compareSpec } from "./specs/compare.ts";
import { compileSpec } from "./specs/compile.ts";
import { completionSpec } from "./specs/completion.ts";
import { conformanceSpec } from "./specs/conformance.ts";
import { diffSpec } from "./specs/diff.ts";
import { disasmSpec } from "./specs/disasm.ts";
import { doctorSpec } from "./specs/doctor.ts";
import { explainSpec } from "./specs/explain.ts";
import { fmtSpec } from "./specs/fmt.ts";
import { fuzzSpec } from "./specs/fuzz.ts";
import { importSpec } from "./specs/import.ts";
import { labSpec } from "./specs/lab.ts";
import { listSpec } from "./specs/list.ts";
import { lowerSpec } from "./specs/lower.ts";
import { machineSpec } from "./specs/machine.ts";
import { mappingSpec } from "./specs/mapping.ts";
import { optSpec } from "./specs/opt.ts";
import { parseSpec } from "./specs/parse.ts";
import { printSpec } from "./specs/print.ts";
import { profileSpec } from "./specs/profile.ts";
import { replaySpec } from "./specs/replay.ts";
import { reportSpec } from "./specs/report.ts";
import { runSpec } from "./specs/run.ts";
import { shrinkSpec } from "./specs/shrink.ts";
import { sweepSpec } from "./specs/sweep.ts";
import { testSpec } from "./specs/test.ts";
import { tuneSpec } from "./specs/tune.ts";
import { whyNotSpec } from "./specs/why-not.ts";
import { whyWrongSpec } from "./specs/why-wrong.ts";

/** In the order of CLI.md and of `tgc --help`. */
export const commandSpecs = {
  compile: compileSpec,
  run: runSpec,
  check: checkSpec,
  profile: profileSpec,
  compare: compareSpec,
  sweep: sweepSpec,
  tune: tuneSpec,
  mapping: mappingSpec,
  report: reportSpec,
  lab: labSpec,
  diff: diffSpec,
  "why-not": whyNotSpec,
  "why-wrong": whyWrongSpec,
  shrink: shrinkSpec,
  fuzz: fuzzSpec,
  replay: replaySpec,
  test: testSpec,
  import: importSpec,
  conformance: conformanceSpec,
  parse: parseSpec,
  print: printSpec,
  fmt: fmtSpec,
  opt: optSpec,
  lower: lowerSpec,
  asm: asmSpec,
  disasm: disasmSpec,
  machine: machineSpec,
  explain: explainSpec,
  list: listSpec,
  doctor: doctorSpec,
  completion: completionSpec,
} as const;

export type CommandName = keyof typeof commandSpecs;
export const commandNames = Object.keys(commandSpecs) as readonly CommandName[];

type Values<T> = { readonly [K in keyof T]: OptionValue<T[K]> };
type ArgValues<T> = { readonly [K in keyof T]: ArgValue<T[K]> };

/** What was given on the command line, as the command sees it. */
export interface Given<C extends CommandName> {
  readonly args: ArgValues<(typeof commandSpecs)[C]["args"]>;
  readonly options: Values<(typeof commandSpecs)[C]["options"]>;
}

export function commandSpec(name: CommandName): CommandSpec {
  return commandSpecs[name];
}
