// A program and the options of the page -> what is compiled, as the command makes it of a file and its own options.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { type FusionMode, fusionModes } from "../../ir-spec/fusion-mode.ts";
import type { CompileOptions } from "../api/compile.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { type Job, makeJob } from "../driver/job.ts";
import { findSchedule } from "../driver/schedules.ts";
import { changeTarget, type Target, targetByName } from "../driver/targets.ts";
import { tilingStrategies } from "../driver/tiling-strategy.ts";
import type { AstModule } from "../text/ast.ts";
import type { LabOptions, LabState, ProgramParts } from "./lab-data.ts";

export interface LabJob extends Job {
  readonly source: Source;
  /** The same options as the library takes them. */
  readonly api: CompileOptions;
}

export const sourceOf = ({ text }: LabState): Source => ({ name: "program.tg", text });

export function labJob(state: LabState): Result<LabJob> {
  const { options } = state;
  const source = sourceOf(state);
  const loaded = loadGraph(source, elaboration(options));
  if (!loaded.ok) return loaded;
  const target = labTarget(options);
  if (!target.ok) return target;
  const strategy = tilingStrategies.find((name) => name === options.strategy);
  const fusion = fusionModes.find((name) => name === options.fuse);
  if (strategy === undefined) return unknownWord("strategy", options.strategy, tilingStrategies);
  if (fusion === undefined) return unknownWord("fuse", options.fuse, fusionModes);
  const { module, graph } = loaded.value;
  const picked = findSchedule(module, graph.name, options.schedule === "" ? undefined : options.schedule);
  if (!picked.ok) return picked;
  const job = makeJob(loaded.value, { target: target.value, strategy, fusion }, picked.value);
  if (!job.ok) return job;
  const { written } = picked.value;
  const schedule = written && { ...written.schedule, decl: written.decl };
  return ok({
    ...job.value,
    source,
    api: { target: machineOf(target.value), strategy, fuse: fusion, schedule },
  });
}

/** The fusion that is usual is asked for as by nobody: a pipeline says itself how it fuses. */
export function elaboration({ dims, graph }: LabOptions): { dims: LabOptions["dims"]; graph?: string } {
  return graph === "" ? { dims } : { dims, graph };
}

function labTarget({ target: name, set }: LabOptions): Result<Target> {
  const target = targetByName(name);
  const changes = Object.entries(set).map(([field, value]) => ({ name: field, value }));
  return target.ok ? changeTarget(target.value, changes) : target;
}

const machineOf = ({ kind, name, machine }: Target) => (kind === "webgpu" ? name : machine);

function unknownWord(option: string, found: string, known: readonly (FusionMode | string)[]) {
  const why = `expected one of ${known.join(", ")} for its option ${option}, found \`${found}\``;
  return fail([at(problem("E1702", { why }), undefined)]);
}

/** The graphs, schedules and dimensions of a file, to choose from; those that could be read. */
export function partsOf({ items }: AstModule, { graph: chosen }: LabOptions): ProgramParts {
  const graphs = items.filter((item) => item.kind === "graph");
  const shown = graphs.find(({ name }) => name.name === chosen) ?? graphs[0];
  const schedules = items.filter((item) => item.kind === "schedule" && item.graph.name === shown?.name.name);
  const dims = [...items.filter((item) => item.kind === "dim"), ...(shown?.dims ?? [])];
  return {
    graphs: graphs.map(({ name }) => name.name),
    schedules: schedules.flatMap((item) => (item.kind === "schedule" ? [item.name.name] : [])),
    dims: dims.map(({ name, value }) => ({
      name: name.name,
      size: value?.kind === "number" ? value.value : undefined,
    })),
  };
}
