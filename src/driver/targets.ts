// THE TARGET TABLE: for each kind of target the passes that prepare a graph for it and its tile programs, in order, and the stages that it can
// print, the last one being its own program. A target is a kind with a machine.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { PassName } from "../../passes/index.ts";
import { keptComposites } from "../../passes/lower/kinds/index.ts";
import type { PassStep } from "../../passes/pass.ts";
import { changeMachine, type MachineChange } from "../../targets/neuron/machines/change.ts";
import { machineByName, machineNames, originalOfCopy } from "../../targets/neuron/machines/index.ts";
import { parseMachine } from "../../targets/neuron/machines/parse.ts";

export type StageName = "graph" | "fused" | "tiles" | "asm" | "normal" | "bin" | "wgsl";

interface TargetRow {
  readonly summary: string;
  readonly passes: readonly PassName[];
  /** Options of these passes that are not their defaults. */
  readonly options: Readonly<Partial<Record<PassName, PassStep["options"]>>>;
  /** Those after the lowering, for targets that have tiles. */
  readonly tilePasses: readonly PassName[];
  readonly stages: readonly StageName[];
  /** The stage to stop at unless given. */
  readonly program: StageName;
}

export const targetKinds = {
  neuron: {
    summary: "instruction streams for a systolic-array machine",
    passes: [
      "canonicalize",
      "constant-fold",
      "cse",
      "dce",
      "expand",
      "canonicalize",
      "cse",
      "dce",
      "split-products",
      "sink-reshapes",
      "fuse",
    ],
    options: { expand: { keep: keptComposites } },
    tilePasses: ["pipeline-loops"],
    stages: ["graph", "fused", "tiles", "asm", "normal", "bin"],
    program: "asm",
  },
  webgpu: {
    summary: "WGSL compute shaders and their launch plan",
    passes: ["canonicalize", "constant-fold", "cse", "dce"],
    options: {},
    tilePasses: [],
    stages: ["graph", "fused", "normal", "wgsl"],
    program: "wgsl",
  },
} as const satisfies Readonly<Record<string, TargetRow>>;

export type TargetKind = keyof typeof targetKinds;

export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
  /** What passes ask about costs; a target of another kind than neuron takes the default one. */
  readonly machine: Machine;
}

export const defaultMachineName = "trn2";

export function targetRow(kind: TargetKind): TargetRow {
  return targetKinds[kind];
}

/** The names that `--target` takes. */
export const targetNames: readonly string[] = [...machineNames, "webgpu"];

/** Looks a target up by name. */
export function targetByName(name: string): Result<Target> {
  const machine = machineByName(name === "webgpu" ? defaultMachineName : name);
  if (machine !== undefined) return ok({ kind: name === "webgpu" ? "webgpu" : "neuron", name, machine });
  const original = originalOfCopy(name);
  const notes =
    original === undefined
      ? suggest(name, targetNames).notes
      : [
          {
            text: `it is a changed copy of \`${original}\`: name its machine file, as in --target FILE.json, or \`--set\` its numbers`,
          },
        ];
  return fail([at(problem("E1304", { name, expected: targetNames.join(", ") }), undefined, notes)]);
}

/** Makes a target of a user's machine file. */
export function targetOfFile(source: Source): Result<Target> {
  const machine = parseMachine(source);
  return machine.ok ? ok({ kind: "neuron", name: machine.value.name, machine: machine.value }) : machine;
}

/** The target with some numbers of its machine changed. */
export function changeTarget(target: Target, changes: readonly MachineChange[]): Result<Target> {
  if (changes.length === 0) return ok(target);
  if (target.kind !== "neuron") return fail([at(problem("E1110", { name: target.name }), undefined)]);
  const machine = changeMachine(target.machine, changes);
  return machine.ok ? ok({ ...target, name: machine.value.name, machine: machine.value }) : machine;
}
