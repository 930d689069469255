// A schedule says how the kernels of a graph are tiled. It is data: written by a person, found by search, saved,
// compared, replayed. Which fields a kernel has depends on its kind (passes/lower/kinds).

import type { AttrSpecs, AttrValues } from "./base/attr.ts";
import type { FusionMode } from "./fusion-mode.ts";

/** A field that had another name or other values in an earlier version. */
export interface RenamedField {
  readonly to: string;
  /** Old value -> new value; a value that is not listed is unchanged. */
  readonly values: Readonly<Record<string, string>>;
}

/** Renamed fields by their old names, which are refused with a fix. */
export const renamedFields: Readonly<Record<string, RenamedField>> = {
  turn: { to: "transpose_on", values: { array: "pe" } },
};

/** What a schedule says of one kernel; fields that it leaves out are chosen as `base` says. */
export interface KernelSchedule {
  /** The kernel's name, or `*` for all of a kind. */
  readonly kernel: string;
  readonly fields: Readonly<Record<string, AttrValues<AttrSpecs>[string]>>;
}

export interface Schedule {
  readonly name: string;
  /** The graph that it is for, or `*`. */
  readonly graph: string;
  readonly kernels: readonly KernelSchedule[];
  /** Which ops run as one kernel; as the passes decide where it is not said. */
  readonly fusion?: FusionMode;
}
