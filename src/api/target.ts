// Targets as users of the library name them, and what the driver makes of them.

import { ok, type Result } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { distinguishCopy, machineByName as findMachine } from "../../targets/neuron/machines/index.ts";
import { parseMachine as parseMachineSource } from "../../targets/neuron/machines/parse.ts";
import { defaultMachineName, type Target, targetByName, targetOfFile } from "../driver/targets.ts";

/** A machine by the text of its file. */
export interface MachineFile {
  readonly machineFile: string;
  /** For messages; `machine.json` unless given. */
  readonly name?: string;
}

/** The name of a target (`targetNames` lists them), the text of a machine file, or a machine. */
export type TargetChoice = string | MachineFile | Machine;

/** Where it is not said otherwise. */
export type DefaultTarget = typeof defaultMachineName;

/** The target that is asked for, or the named one. */
export function resolveTarget(
  choice: TargetChoice | undefined,
  otherwise: string = defaultMachineName,
): Result<Target> {
  const chosen = choice ?? otherwise;
  if (typeof chosen === "string") return targetByName(chosen);
  if ("machineFile" in chosen) {
    return targetOfFile({ name: chosen.name ?? "machine.json", text: chosen.machineFile });
  }
  const machine = distinguishCopy(chosen);
  return ok({ kind: "neuron", name: machine.name, machine });
}

/**
 * Reads the text of a machine file (JSON, see MACHINE.md), as `tgc machine check` does. Fails with everything that is wrong with it, each
 * at its line. A copy of a shipped machine with other numbers gets a name of its own.
 *
 * @example
 * import { parseMachine } from "tgc";
 *
 * const machine = parseMachine('{ "schema": "tgc.machine/1", "name": "mine", "summary": "", "fields": {} }');
 * console.log(machine.ok ? machine.value.name : `${machine.error.length} things are wrong`);
 */
export function parseMachine(text: string, name = "machine.json"): Result<Machine> {
  return parseMachineSource({ name, text });
}

/**
 * Gives a shipped machine (`machineNames` lists them); undefined for other names.
 *
 * @example
 * import { machineByName, parse, profile, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[64, 64]) -> (y: f32[64, 64]) { y = relu(x) }"));
 * const machine = machineByName("trn2");
 * if (machine === undefined) throw new Error("trn2 is gone");
 * const slower = { ...machine, hbmBytesPerSecond: machine.hbmBytesPerSecond / 2 };
 * console.log(unwrap(profile(graph, { target: slower })).timeNs);
 */
export const machineByName: (name: string) => Machine | undefined = findMachine;
