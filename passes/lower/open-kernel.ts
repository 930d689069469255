// A kernel whose schedule is open: what a search needs in order to try other schedules than the one that a strategy chose.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { TileBuffer, TileStatement } from "../../ir-spec/tile.ts";
import type { FieldChoices } from "../schedule/tune/field-choices.ts";
import type { GivenFields } from "./kinds/define.ts";
import type { KernelKind } from "./kinds/index.ts";

/** A kernel as a schedule lowers it; ids are its own. */
export interface TrialKernel {
  readonly body: readonly TileStatement[];
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
}

export interface OpenKernel {
  readonly name: string;
  readonly kind: KernelKind;
  /** The ops of the graph that it computes. */
  readonly ops: readonly string[];
  /** Equal for kernels of which one and the same schedule is best: they are equal but for names and places, with the same fields given. */
  readonly key: string;
  /** What no choice may change: how its results lie, and what a schedule says. */
  readonly given: GivenFields;
  /** All fields, as the strategy chose them. */
  readonly chosen: GivenFields;
  /** Those that it considered, complete. */
  readonly candidates: readonly GivenFields[];
  /** The values of fields that nobody has given. */
  readonly choices: FieldChoices;
  readonly lower: (fields: GivenFields) => TrialKernel;
  /** All fields as a schedule says them; what it leaves out has its default. */
  readonly print: (fields: GivenFields) => string;
}

/** Decides the fields of a kernel after the strategy did. */
export type ChooseFields = (kernel: OpenKernel) => GivenFields;
