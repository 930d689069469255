// The form of a row in THE KERNEL-KIND TABLE: which regions of a graph are such kernels, how one is planned and scheduled, and how
// it becomes statements.

import type { AttrSpecs, AttrValue, AttrValues } from "../../../ir-spec/base/attr.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { ok, type Problem, type Result } from "../../../ir-spec/base/result.ts";
import { maxDimension } from "../../../ir-spec/base/tensor.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Expander } from "../../../ir-spec/ops/define.ts";
import type { OpNameOf } from "../../../ir-spec/ops/index.ts";
import type { Schedule } from "../../../ir-spec/schedule.ts";
import type { FieldChoices } from "../../schedule/tune/field-choices.ts";
import type { Body } from "../program-builder.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import type { StoreOrder } from "../stored.ts";

/** A schedule field that counts something. */
export const positive = (summary: string, initial: number) =>
  ({ kind: "int", min: 1, max: maxDimension, default: initial, summary }) as const;

/** The default of sizes that the problem or the machine limits: no number of a machine is in a schedule. */
export const asManyAsFit = 1_000_000;

/** Of all kinds: passes/tile/pipeline.ts. */
export const stagesField = positive(
  "the most stages of a loop's statements (software pipelining), each an iteration later than the one before; 1 is the plain loop",
  asManyAsFit,
);

/** Of all kinds: what was chosen is said as the fields that differ from their defaults. */
export const othersField = {
  kind: "choice",
  choices: ["chosen", "default"],
  default: "chosen",
  summary: "fields that are not given: chosen by the strategy, or their defaults",
} as const;

export type Strategy = "naive" | "heuristic";

export type GivenFields = Readonly<Record<string, AttrValue>>;

/** What the user's schedule says of one kernel. */
export interface ScheduleRequest {
  readonly kernel: string;
  readonly schedule: Schedule | undefined;
  readonly strategy: Strategy;
  readonly given: GivenFields;
}

/** How a kernel's results lie in HBM, and the fields of its schedule that hold then. */
export interface Placed {
  readonly order: StoreOrder;
  readonly given: GivenFields;
}

/** The schedules that a strategy considers for one kernel; at least one. */
export interface ScheduleSpace<F extends AttrSpecs> {
  readonly candidates: readonly AttrValues<F>[];
  /**
   * Which of those that fit is taken; where none fits it is the last one. `least busy`: that whose busiest unit has the least to do, for
   * loops that are pipelined, in which units do not wait for each other.
   */
  readonly take: "fastest" | "first" | "least busy";
  /** Whether candidates are combinations of choices, so that the best one is searched for and not all are measured. */
  readonly areCombinations?: boolean;
  /** Whether the most promising ones, and variants of the fastest, are compared by going through all iterations, where these are few. */
  readonly hasFinalists?: boolean;
  /** Changes of the taken one that are kept where they make it faster, one after the other. */
  readonly variants?: readonly Partial<AttrValues<F>>[];
  /** Those that depend on which one is taken. */
  variantsOf?(taken: AttrValues<F>): readonly Partial<AttrValues<F>>[];
  /** Whether variants are compared with the deepest rings that fit, of which some need fewer than others. */
  readonly areVariantsInRings?: boolean;
  /** Deeper rings, the deepest first: the taken one gets the first that leaves half of SBUF free, for the kernels beside it. */
  readonly rings: readonly Partial<AttrValues<F>>[];
  /** Rings that are worth all of SBUF, the deepest first, where none of those leaves half of it free. */
  readonly lastRings?: readonly Partial<AttrValues<F>>[];
}

export interface KeptComposite {
  readonly op: OpNameOf<"composite">;
  /** Whether a kernel on the machine surely can compute a node. */
  readonly canKeep: (graph: Graph, node: Node, machine: Machine) => boolean;
  /** What takes the place of a node whose operands are not all the kernel's, such as a bias; undefined where all are. */
  readonly simplify: (b: Expander, operands: readonly ValueId[], node: Node) => readonly ValueId[] | undefined;
}

export interface KernelKindRow<F extends AttrSpecs, P> {
  /** A heading. */
  readonly title: string;
  readonly summary: string;
  /** What can be scheduled; the text form of schedules, their checks and SCHEDULES.md come from it. */
  readonly fields: F;
  /** The smallest graph that has such a kernel; the tests run it. */
  readonly example: string;
  /** A composite that such a kernel computes as it is. */
  readonly keeps?: KeptComposite;
  /** Whether a region of primitives and what the kind keeps is meant to be such a kernel: exactly one kind claims each. */
  readonly claims: (region: KernelRegion) => boolean;
  /** Why a claimed region cannot be lowered. */
  readonly objection: (graph: Graph, region: KernelRegion) => Problem | undefined;
  /** Decides how the results lie in HBM. The region's operands have their places already. */
  readonly place: (context: LowerContext, region: KernelRegion, request: ScheduleRequest) => Result<Placed>;
  /** Everything that does not depend on the schedule, once; operands and results have their places. */
  readonly plan: (context: LowerContext, region: KernelRegion) => P;
  /** The fields without those that cannot hold for this kernel, or what is wrong with them. */
  readonly resolve: (plan: P, request: ScheduleRequest) => Result<GivenFields>;
  readonly space: (plan: P, choice: SpaceChoice) => ScheduleSpace<F>;
  /** The values of its fields that a search may try; those that do not fit are found by lowering. */
  readonly choices: (plan: P, choice: SpaceChoice) => FieldChoices;
  /** The kernel's statements; buffers and loops go to the context's builder. */
  readonly emit: (context: LowerContext, plan: P, schedule: AttrValues<F>) => Body;
}

export interface SpaceChoice {
  readonly strategy: Strategy;
  readonly machine: Machine;
  /** How the results lie. */
  readonly order: StoreOrder;
  /** What stays as it is in every candidate. */
  readonly given: GivenFields;
}

export function defineKernelKind<const F extends AttrSpecs, P>(row: KernelKindRow<F, P>): KernelKindRow<F, P> {
  return row;
}

/** For kinds whose results lie in rows, whatever the schedule says. */
export const placeInRows = (
  _context: LowerContext,
  _region: KernelRegion,
  { given }: ScheduleRequest,
): Result<Placed> => ok({ order: "rows", given });

/** For kinds whose fields all hold for all kernels. */
export const keepFields = (_plan: unknown, { given }: ScheduleRequest): Result<GivenFields> => ok(given);

/** A row seen by generic code, which cannot know the types of its plan and fields. */
// biome-ignore lint/suspicious/noExplicitAny: the widened accessor; each row's own type is checked where it is defined.
export type AnyKernelKindRow = Omit<KernelKindRow<any, any>, "space" | "choices"> & {
  readonly space: (plan: unknown, choice: SpaceChoice) => ScheduleSpace<AttrSpecs>;
  readonly choices: (plan: unknown, choice: SpaceChoice) => FieldChoices;
};
