// Graph -> tile program: every region of the graph becomes one kernel, tiled as its schedule says; views vanish into the
// strides of the operands of kernels; what strides cannot express becomes a copy.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import {
  type ContractSchedule,
  contractFields,
  type KernelKind,
  type MovementSchedule,
  movementFields,
  type RowsSchedule,
  rowsFields,
  type Schedule,
} from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { PassEnv, Remark } from "../pass.ts";
import { chooseContract, chooseRows, movementDefaults, type Strategy } from "../schedule/choose.ts";
import { checkFields, completeAttrs, fieldsFor, printFields } from "../schedule/fields.ts";
import { type KernelMeasure, measureKernel } from "../schedule/measure.ts";
import { classify } from "./classify.ts";
import {
  canTransposeOnDma,
  type GivenFields,
  resolveStoreOrder,
  resolveTransposeOn,
  type ScheduleRequest,
} from "./contract/dependent-fields.ts";
import { lowerContract } from "./contract/emit.ts";
import { emitCopy, lowerMovement } from "./movement/emit.ts";
import { type LowerStep, regionsOf } from "./plan-regions.ts";
import type { Body } from "./program-builder.ts";
import type { KernelRegion, LowerContext } from "./region.ts";
import { lowerRows } from "./rows/emit.ts";
import { makeStorage, type Storage } from "./storage.ts";

export interface LowerChoice {
  readonly strategy: Strategy;
  readonly schedule?: Schedule;
}

export interface Lowered {
  readonly program: TileProgram;
  readonly remarks: readonly Remark[];
}

export function lowerGraph(graph: Graph, choice: LowerChoice, env: PassEnv): Result<Lowered> {
  const steps = regionsOf(graph);
  const unknown = unknownKernels(graph, steps, choice.schedule);
  if (unknown.length > 0) return fail(unknown);
  const storage = makeStorage(graph, steps, env.machine);
  const problems: Diagnostic[] = [];
  const remarks: Remark[] = [];
  for (const step of steps) {
    if (step.kind === "view")
      storage.defineViews(step.node, (source, target) => addCopy(storage, "copy", source, target));
    if (step.kind !== "region") continue;
    const kind = classify(graph, step.region);
    if (!kind.ok) {
      problems.push(at(kind.error, step.region.nodes[0]?.span));
      continue;
    }
    problems.push(...lowerRegion(storage, step.region, kind.value, choice, env, remarks));
  }
  if (problems.length > 0) return fail(problems);
  for (const copy of storage.finalCopies()) addCopy(storage, copy.name, copy.source, copy.target);
  return ok({ program: storage.context.builder.finish(), remarks });
}

function unknownKernels(
  graph: Graph,
  steps: readonly LowerStep[],
  schedule: Schedule | undefined,
): readonly Diagnostic[] {
  const names = new Set(steps.flatMap((step) => (step.kind === "region" ? [step.region.name] : [])));
  return (schedule?.kernels ?? [])
    .filter((entry) => entry.kernel !== "*" && !names.has(entry.kernel))
    .map((entry) =>
      at(problem("E0602", { schedule: schedule?.name ?? "", kernel: entry.kernel, graph: graph.name }), undefined, [
        { text: `the kernels are ${[...names].join(", ")}` },
      ]),
    );
}

interface Chosen {
  readonly body: (context: LowerContext) => Body;
  readonly text: string;
}

function lowerRegion(
  storage: Storage,
  region: KernelRegion,
  kind: KernelKind,
  choice: LowerChoice,
  env: PassEnv,
  remarks: Remark[],
): readonly Diagnostic[] {
  const given = fieldsFor(choice.schedule, region.name, kind);
  const wrong = checkFields(given, region.name, kind);
  if (wrong.length > 0) return wrong;
  const resolved = placeResults(storage, region, kind, { schedule: choice.schedule, given }, choice.strategy);
  if (!resolved.ok) return resolved.error;
  const chosen = chooseFor[kind](storage.context, region, resolved.value, choice.strategy, env);
  const ops = region.nodes.map((node) => node.op);
  storage.context.builder.kernel({ name: region.name, ops, schedule: chosen.text, body: chosen.body(storage.context) });
  remarks.push({ kind: "done", pass: "lower", text: `kernel ${region.name} (${kind}): ${chosen.text}` });
  return [];
}

/** Gives the region's results their places in HBM, and the fields that hold then. */
function placeResults(
  storage: Storage,
  region: KernelRegion,
  kind: KernelKind,
  request: ScheduleRequest,
  strategy: Strategy,
): Result<GivenFields> {
  if (kind !== "contract") {
    storage.defineOutputs(region, "rows");
    return ok(request.given);
  }
  const store = resolveStoreOrder(storage.context, region, request, strategy);
  if (!store.ok) return store;
  storage.defineOutputs(region, store.value);
  const given = { ...request.given, store: store.value };
  return resolveTransposeOn(storage.context, region, { ...request, given });
}

type Chooser = (
  context: LowerContext,
  region: KernelRegion,
  given: GivenFields,
  strategy: Strategy,
  env: PassEnv,
) => Chosen;

/** Measures a schedule by lowering the region with it into a builder that is thrown away. */
function measured(context: LowerContext, env: PassEnv, lower: (trial: LowerContext) => Body): KernelMeasure {
  const trial = { ...context, builder: context.builder.fork() };
  return measureKernel(lower(trial), trial.builder.bufferInfo, env);
}

const chooseFor: { readonly [K in KernelKind]: Chooser } = {
  contract: (context, region, given, strategy, env) => {
    const full = (base: ContractSchedule): ContractSchedule => completeAttrs(contractFields, { ...base, ...given });
    const base = chooseContract(
      strategy,
      { order: given.store === "columns" ? "columns" : "rows", canTransposeOnDma: canTransposeOnDma(context, region) },
      (schedule) => measured(context, env, (trial) => lowerContract(trial, region, full(schedule))),
      env.machine,
    );
    const schedule = full(base);
    return { body: (target) => lowerContract(target, region, schedule), text: printFields("contract", schedule) };
  },
  rows: (context, region, given, strategy, env) => {
    const full = (base: RowsSchedule): RowsSchedule => completeAttrs(rowsFields, { ...base, ...given });
    const base = chooseRows(
      strategy,
      (schedule) => measured(context, env, (trial) => lowerRows(trial, region, full(schedule))),
      env.machine,
    );
    const schedule = full(base);
    return { body: (target) => lowerRows(target, region, schedule), text: printFields("rows", schedule) };
  },
  movement: (_context, region, given) => {
    const schedule: MovementSchedule = completeAttrs(movementFields, { ...movementDefaults, ...given });
    return { body: (target) => lowerMovement(target, region, schedule), text: printFields("movement", schedule) };
  },
};

/** A kernel that copies one view into another. */
function addCopy(storage: Storage, name: string, source: Parameters<typeof emitCopy>[1], target: typeof source): void {
  const body: Body = [];
  emitCopy(storage.context, source, target, movementDefaults, body);
  const text = printFields("movement", movementDefaults);
  storage.context.builder.kernel({ name: storage.uniqueName(name), ops: ["copy"], schedule: text, body });
}
