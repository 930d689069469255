// Graph -> tile program: every region of the graph becomes one kernel, tiled as its schedule says; views vanish into the
// strides of the operands of kernels; what strides cannot express becomes a copy.

import { type AttrSpecs, completeAttrs } from "../../ir-spec/base/attr.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { CostEnv, Remark } from "../pass.ts";
import { chooseSchedule } from "../schedule/choose.ts";
import { checkFields, fieldsFor, namesField, printFields } from "../schedule/fields.ts";
import { type Ineffective, ineffectiveFields, textOfBody } from "../schedule/ineffective.ts";
import { measureTrial } from "../schedule/measure-trial.ts";
import { makeScheduleMemo } from "../schedule/memo.ts";
import { classify } from "./classify.ts";
import type { AnyKernelKindRow, GivenFields, SpaceChoice, Strategy } from "./kinds/define.ts";
import { type KernelKind, kernelKindDef } from "./kinds/index.ts";
import { movement } from "./kinds/movement.ts";
import { emitCopy } from "./movement/emit.ts";
import type { ChooseFields, TrialKernel } from "./open-kernel.ts";
import { completeOrigins, emitFrom } from "./origin.ts";
import { type LowerStep, regionsOf } from "./plan-regions.ts";
import { type Body, makeTrialBuilder } from "./program-builder.ts";
import type { KernelRegion } from "./region.ts";
import { regionKey } from "./region-key.ts";
import { type FinalCopy, makeStorage, type Storage } from "./storage.ts";

export interface LowerChoice {
  readonly strategy: Strategy;
  readonly schedule?: Schedule | undefined;
  /** Has the last word on what no schedule says; it gets each kernel of those that are equal once. */
  readonly chooseFields?: ChooseFields | undefined;
}

export interface Lowered {
  readonly program: TileProgram;
  readonly remarks: readonly Remark[];
}

export function lowerGraph(graph: Graph, choice: LowerChoice, env: CostEnv): Result<Lowered> {
  const steps = regionsOf(graph);
  const remarks: Remark[] = [];
  const storage = makeStorage(graph, steps, env);
  const lowering: Lowering = {
    storage,
    choice,
    env,
    chosen: (env.memo ?? makeScheduleMemo()).schedules,
    remarks,
    effective: new Set(),
    useless: new Map(),
  };
  const problems: Diagnostic[] = [...unknownKernels(graph, steps, choice.schedule)];
  for (const step of steps) {
    if (step.kind === "view")
      storage.defineViews(step.node, (source, target) =>
        addCopy(storage, { name: "copy", source, target, value: step.node.results[0] }),
      );
    if (step.kind !== "region") continue;
    const kind = classify(graph, step.region);
    if (!kind.ok) {
      problems.push(at(kind.error, step.region.nodes[0]?.span));
      storage.defineOutputs(step.region, "rows");
      continue;
    }
    const wrong = lowerRegion(lowering, step.region, kind.value);
    // The kernels that read its results are still lowered, for what is wrong with them.
    if (wrong.length > 0) storage.defineOutputs(step.region, "rows");
    problems.push(...wrong);
  }
  if (problems.length > 0) return fail(problems);
  remarks.push(...uselessForAll(lowering));
  for (const copy of storage.finalCopies()) addCopy(storage, copy);
  return ok({ program: storage.program.finish(), remarks });
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

interface Lowering {
  readonly storage: Storage;
  readonly choice: LowerChoice;
  readonly env: CostEnv;
  /** What was chosen for regions that were equal but for names and places. */
  readonly chosen: Map<string, GivenFields>;
  readonly remarks: Remark[];
  /** Fields of the schedule's `*` that have an effect on a kernel. */
  readonly effective: Set<string>;
  /** What was found of fields that change nothing, for kernels of one key. */
  readonly useless: Map<string, readonly Ineffective[]>;
}

function lowerRegion(lowering: Lowering, region: KernelRegion, kind: KernelKind): readonly Diagnostic[] {
  const { storage, choice, remarks } = lowering;
  const { context } = storage;
  const row = kernelKindDef(kind);
  const given = fieldsFor(choice.schedule, region.name, row.fields);
  const wrong = checkFields(given, region.name, { name: kind, fields: row.fields });
  if (wrong.length > 0) return wrong;
  const request = { kernel: region.name, schedule: choice.schedule, strategy: choice.strategy, given };
  const placed = row.place(context, region, request);
  if (!placed.ok) return placed.error;
  storage.defineOutputs(region, placed.value.order);
  const plan = row.plan(context, region);
  const resolved = row.resolve(plan, { ...request, given: placed.value.given });
  if (!resolved.ok) return resolved.error;
  const key = `${kind} ${regionKey(context, region)} ${JSON.stringify(resolved.value)}`;
  const chosenFor = `${choice.strategy}${choice.chooseFields === undefined ? "" : " searched"} ${key}`;
  const space = {
    strategy: choice.strategy,
    machine: context.machine,
    order: placed.value.order,
    given: resolved.value,
  };
  const open = { region, kind, row, plan, key };
  const schedule = lowering.chosen.get(chosenFor) ?? choose(lowering, open, space);
  lowering.chosen.set(chosenFor, schedule);
  const text = printFields(row.fields, { ...schedule, others: "default" });
  const ops = region.nodes.map((node) => node.op);
  const body = completeOrigins(context, region, row.emit(context, plan, schedule));
  if (body.length === 0) return [];
  storage.program.kernel({ name: region.name, ops, schedule: text, body });
  remarks.push({ kind: "done", pass: "lower", text: `kernel ${region.name} { ${text} }` });
  reportFields(lowering, region.name, { row, plan, schedule, key });
  return [];
}

interface ScheduledKernel {
  readonly row: AnyKernelKindRow;
  readonly plan: unknown;
  readonly schedule: GivenFields;
  /** The same for kernels that are equal. */
  readonly key: string;
}

/** Reports fields that were given for the kernel and change nothing; of those for all kernels, notes the others. */
function reportFields(lowering: Lowering, kernel: string, { row, plan, schedule, key }: ScheduledKernel): void {
  const { choice, remarks, effective } = lowering;
  const given = fieldsFor(choice.schedule, kernel, row.fields);
  if (Object.keys(given).length === 0) return;
  const lowered = (other: GivenFields): string => {
    const { body, bufferInfo } = lowerTrial(lowering, { row, plan }, other);
    return textOfBody(body, bufferInfo);
  };
  const useless = lowering.useless.get(key) ?? ineffectiveFields(row.fields, given, schedule, lowered);
  lowering.useless.set(key, useless);
  for (const { field, text } of useless) {
    if (!namesField(choice.schedule, kernel, field)) continue;
    const about = { kernel, name: field };
    remarks.push({ kind: "missed", pass: "lower", text: `kernel ${kernel}: ${text}`, field: about });
  }
  for (const name of Object.keys(given)) if (!useless.some(({ field }) => field === name)) effective.add(name);
}

/** Fields for all kernels that change none. */
function uselessForAll({ choice, effective }: Lowering): readonly Remark[] {
  const entries = (choice.schedule?.kernels ?? []).filter(({ kernel }) => kernel === "*");
  const names = new Set(entries.flatMap(({ fields }) => Object.keys(fields)));
  return [...names].flatMap((name): readonly Remark[] => {
    if (effective.has(name)) return [];
    const text = `kernel *: ${name} changes no kernel of the graph`;
    return [{ kind: "missed", pass: "lower", text, field: { kernel: "*", name } }];
  });
}

/** A kernel that is planned, whose schedule is not chosen yet. */
interface PlannedKernel {
  readonly region: KernelRegion;
  readonly kind: KernelKind;
  readonly row: AnyKernelKindRow;
  readonly plan: unknown;
  readonly key: string;
}

/** Chooses what is not given; each candidate is measured by lowering the kernel with it, which nobody keeps. */
function choose(lowering: Lowering, planned: PlannedKernel, choice: SpaceChoice): GivenFields {
  const { row, plan } = planned;
  const { given, strategy } = choice;
  if (given.others === "default") return completeAttrs<AttrSpecs>(row.fields, given);
  // Plain loops are part of what is naive; the pass `pipeline-loops` reads it in the kernel's schedule.
  const always: GivenFields = strategy === "naive" ? { stages: 1, ...given } : given;
  const { candidates, variants = [], variantsOf, rings, lastRings = [], ...search } = row.space(plan, choice);
  // What is given stays as it is.
  const open = <V>(fields: Readonly<Record<string, V>>) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in given)));
  const complete = candidates.map((candidate) => completeAttrs<AttrSpecs>(row.fields, { ...candidate, ...always }));
  const { machine } = lowering.env;
  const { region, kind, key } = planned;
  const ops = region.nodes.map((node) => node.op);
  const print = (fields: GivenFields): string => printFields(row.fields, { ...fields, others: "default" });
  const lower = (fields: GivenFields): TrialKernel => lowerTrial(lowering, planned, fields);
  const chosen = chooseSchedule(
    {
      ...search,
      candidates: complete,
      variants: variants.map(open),
      variantsOf: (taken) => variantsOf?.(taken).map(open) ?? [],
      rings: rings.map(open),
      lastRings: lastRings.map(open),
    },
    remembered((candidate) => measureTrial(lower(candidate), lowering.env, Number(candidate.stages))),
    machine,
  );
  const { chooseFields } = lowering.choice;
  if (chooseFields === undefined) return chosen;
  const choices = open(row.choices(plan, choice));
  return chooseFields({
    name: region.name,
    kind,
    ops,
    key,
    given,
    chosen,
    candidates: complete,
    choices,
    lower,
    print,
  });
}

/** What is measured of schedules, each once. */
function remembered<T>(measure: (fields: GivenFields) => T): (fields: GivenFields) => T {
  const known = new Map<string, T>();
  return (fields) => {
    const key = JSON.stringify(fields);
    const found = known.get(key) ?? measure(fields);
    known.set(key, found);
    return found;
  };
}

/** The kernel with a schedule, which nobody keeps. */
function lowerTrial(
  { storage }: Lowering,
  { row, plan }: Pick<PlannedKernel, "row" | "plan">,
  fields: GivenFields,
): TrialKernel {
  const builder = makeTrialBuilder(storage.context.builder);
  const body = row.emit({ ...storage.context, builder }, plan, fields);
  return { body, bufferInfo: builder.bufferInfo };
}

/** A kernel that copies one view of a value into another. */
function addCopy({ context, program, uniqueName }: Storage, { name, source, target, value }: FinalCopy): void {
  const body: Body = [];
  const schedule = completeAttrs(movement.fields);
  emitFrom(context, body, [value], () => emitCopy(context, source, target, schedule, body));
  // It is no kernel of the graph, which a schedule could name.
  program.kernel({ name: uniqueName(name), ops: ["copy"], schedule: "", body });
}
