// What `tgc sweep` runs: the job of each point, as the space and the options say. Everything that is wrong with an axis is reported before
// anything runs; graphs, targets and schedules are made once for all points that share them.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import { machineFingerprint } from "../../targets/neuron/encode/hash.ts";
import { type ScheduleChoice, scheduleOf } from "../compare/jobs.ts";
import type { CompareJob } from "../compare/run.ts";
import { hashText } from "../diff/normal/hash.ts";
import { type LoadedGraph, loadGraph } from "../driver/choose-graph.ts";
import { readSchedule } from "../driver/schedules.ts";
import { changeTarget, type Target } from "../driver/targets.ts";
import { type Axis, type FieldChoice, type Point, parseSpace, pointAt, type Space } from "../sweep/space.ts";
import { parseModule } from "../text/index.ts";
import { readSource } from "./files.ts";
import { loadTarget, readProgram } from "./load.ts";
import { loadSchedules } from "./load-comparison.ts";
import type { Given } from "./specs.ts";
import { tgcVersion } from "./version.ts";

export interface LoadedSweep {
  readonly graphName: string;
  readonly warnings: readonly Diagnostic[];
  readonly space: Space;
  /** The hash of all that results depend on. */
  readonly key: string;
  /** The job of a point; fails where its choices do not go together. */
  readonly jobAt: (index: number) => Result<CompareJob>;
}

type Options = Given<"sweep">["options"];

export function loadSweep(cwd: string, file: string, options: Options): Result<LoadedSweep> {
  const program = readProgram(cwd, file);
  const spaceText = readSource(cwd, options.space);
  if (!program.ok) return program;
  if (!spaceText.ok) return spaceText;
  const space = parseSpace(spaceText.value);
  if (!space.ok) return space;
  const load = (dims: Point["dims"]) =>
    loadGraph(program.value, { dims, ...(options.graph !== undefined && { graph: options.graph }) });
  const first = load(pointAt(space.value, 0).dims);
  if (!first.ok) return first;
  const choices = loadChoices(cwd, space.value, first.value);
  if (!choices.ok) return choices;
  const { targets, schedules } = choices.value;
  const graphs = remember((dims: Point["dims"]) => load(dims));
  const machines = remember(({ target, set }: Pick<Point, "target" | "set">) => {
    const changes = Object.entries(set).map(([name, value]) => ({ name, value }));
    return changeTarget(targets.get(target) as Target, changes);
  });
  const jobAt = (index: number): Result<CompareJob> => {
    const point = pointAt(space.value, index);
    const graph = graphs(point.dims);
    const target = machines({ target: point.target, set: point.set });
    if (!graph.ok) return graph;
    if (!target.ok) return target;
    const given = schedules.get(point.schedule) as ScheduleChoice;
    const base = scheduleOf(given, graph.value.graph, target.value);
    if (!base.ok) return base;
    const said = base.value === undefined ? given : { ...given, schedule: base.value };
    const { strategy, schedule } = withFields(said, point.fields, graph.value.graph.name);
    const tiling = { strategy, fusion: options.fuse, ...(schedule && { schedule }) };
    const names = { dims: point.dims, schedule: point.schedule, target: point.target };
    return ok({ ...names, graph: graph.value.graph, options: { target: target.value, ...tiling } });
  };
  const wrong = firstWrong(space.value, jobAt);
  if (wrong !== undefined) return fail(wrong);
  const parts = [
    program.value.text,
    options.graph ?? "",
    options.fuse ?? "",
    JSON.stringify(space.value.axes),
    tgcVersion(),
  ];
  const machineParts = [...targets.values()].map(({ machine }) =>
    JSON.stringify([machineFingerprint(machine), machine.energy ?? ""]),
  );
  const scheduleParts = [...schedules.values()].map(({ schedule, strategy, mapping }) =>
    JSON.stringify([schedule ?? mapping?.text ?? "", strategy]),
  );
  const key = hashText(JSON.stringify([...parts, ...machineParts, ...scheduleParts]));
  const { graph, warnings } = first.value;
  return ok({ graphName: graph.name, warnings, space: space.value, key, jobAt });
}

interface Choices {
  readonly targets: ReadonlyMap<string, Target>;
  readonly schedules: ReadonlyMap<string, ScheduleChoice>;
}

/** What the names of the space stand for. */
function loadChoices(cwd: string, space: Space, loaded: LoadedGraph): Result<Choices> {
  const wrong: Diagnostic[] = [];
  const targets = new Map<string, Target>();
  const schedules = new Map<string, ScheduleChoice>();
  for (const name of valuesOf(space, "target")) {
    const target = loadTarget(cwd, name, []);
    if (target.ok && target.value.kind === "neuron") targets.set(name, target.value);
    else wrong.push(...(target.ok ? [at(problem("E1110", { name }), undefined)] : target.error));
  }
  for (const name of valuesOf(space, "schedule")) {
    const found = loadSchedules(cwd, loaded, name);
    if (!found.ok) wrong.push(...found.error);
    else if (found.value.length === 1) schedules.set(name, found.value[0] as ScheduleChoice);
    else {
      const names = found.value.map((choice) => choice.name).join(", ");
      wrong.push(at(problem("E1318", { found: name, expected: names }), undefined));
    }
  }
  wrong.push(...wrongFields(space, loaded.graph.name));
  return wrong.length > 0 ? fail(wrong) : ok({ targets, schedules });
}

function valuesOf(space: Space, kind: "target" | "schedule"): readonly string[] {
  return space.axes.flatMap((axis) => (axis.kind === kind ? axis.values : []));
}

/** Every choice of a field, judged as if it stood in a program. */
function wrongFields({ axes }: Space, graph: string): readonly Diagnostic[] {
  const fields = axes.filter((axis): axis is Extract<Axis, { kind: "field" }> => axis.kind === "field");
  return fields.flatMap(({ kernel, name, values }) =>
    values.flatMap((value) => {
      const source = scheduleSource(graph, { [kernel]: { [name]: value } });
      return readFields(source).wrong;
    }),
  );
}

/** The schedule as a person would write it. */
function scheduleSource(graph: string, fields: Point["fields"]): Source {
  const written = (value: FieldChoice): string => (typeof value === "object" ? `[${value.join(", ")}]` : String(value));
  const kernels = Object.entries(fields).map(([kernel, own]) => {
    const entries = Object.entries(own).map(([name, value]) => `${name}=${written(value)}`);
    return `  kernel ${kernel} { ${entries.join(", ")} }`;
  });
  return { name: "fields", text: `schedule sweep for ${graph} {\n${kernels.join("\n")}\n}\n` };
}

interface ReadFields {
  readonly schedule?: Schedule;
  readonly wrong: readonly Diagnostic[];
}

function readFields(source: Source): ReadFields {
  const { module, diagnostics } = parseModule(source);
  if (diagnostics.length > 0) return { wrong: diagnostics };
  const [decl] = module.items.flatMap((item) => (item.kind === "schedule" ? [item] : []));
  if (decl === undefined) return { wrong: [] };
  const { schedule, wrong } = readSchedule(decl);
  return { schedule, wrong };
}

/** A schedule in which fields have other values. */
function withFields(choice: ScheduleChoice, fields: Point["fields"], graph: string): ScheduleChoice {
  if (Object.keys(fields).length === 0) return choice;
  const { schedule: own } = readFields(scheduleSource(graph, fields));
  if (own === undefined) return choice;
  const before = choice.schedule?.kernels ?? [];
  const changed = before.map((kernel) => {
    const other = own.kernels.find((each) => each.kernel === kernel.kernel);
    return other === undefined ? kernel : { ...kernel, fields: { ...kernel.fields, ...other.fields } };
  });
  const added = own.kernels.filter(({ kernel }) => !before.some((each) => each.kernel === kernel));
  return { ...choice, schedule: { ...own, name: choice.name, kernels: [...changed, ...added] } };
}

/** What is wrong with the sizes, machine numbers and kernels' names of the space, found by trying each choice once. */
function firstWrong({ axes, count }: Space, jobAt: LoadedSweep["jobAt"]): readonly Diagnostic[] | undefined {
  let stride = count;
  for (const { values } of axes) {
    stride /= values.length;
    for (let place = 0; place < values.length; place++) {
      const job = jobAt(place * stride);
      if (!job.ok) return job.error;
    }
  }
  return undefined;
}

/** Makes a thing once for equal arguments, and keeps as many as a sweep comes back to. */
function remember<A, T>(make: (argument: A) => T): (argument: A) => T {
  const made = new Map<string, T>();
  return (argument) => {
    const key = JSON.stringify(argument);
    const known = made.get(key);
    if (known !== undefined) return known;
    if (made.size >= maxRemembered) made.clear();
    const value = make(argument);
    made.set(key, value);
    return value;
  };
}

/** Assumed: graphs of so many sizes fit in memory. */
const maxRemembered = 64;
