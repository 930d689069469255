// What makes a kernel fit that does not: changes of its schedule, tried by lowering it with them, and each that is offered compiled and
// simulated as the user would write it.

import type { AttrSpecs } from "../../../ir-spec/base/attr.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { KernelSchedule, Schedule } from "../../../ir-spec/schedule.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { fieldsOfKind } from "../../../passes/lower/kinds/index.ts";
import { type Shrinking, shrinkings } from "../../../passes/lower/kinds/shrinks.ts";
import { printFields } from "../../../passes/schedule/fields.ts";
import type { CompileOptions } from "../../driver/compile.ts";
import { completeSchedule, kindsOfKernels } from "./complete-schedule.ts";
import { kernelAlone, lowerKernel, machineWithRoom, makeTrials, shareNeeded, type Trials, timeAlone } from "./trial.ts";

export interface Remedy {
  /** Fields for the kernel's entry; empty where the program's schedule is left out. */
  readonly fields: string;
  /** The kernel by itself, simulated (ns). */
  readonly timeNs: number;
  /** Against what it would take unchanged if it fitted; undefined where that cannot be simulated. */
  readonly morePercent: number | undefined;
}

export interface Remedies {
  /** The fastest first. */
  readonly found: readonly Remedy[];
  /** How many schedules were lowered. */
  readonly tried: number;
}

/** Lowerings for one kernel: at most so many, and so many times the kernels of its program. Assumed: a second or two. */
const mostTrials = 80;
const mostKernelTrials = 2000;

/** Remedies that are compiled, simulated and shown. */
const mostShown = 4;

/** Fields that are changed together, at most. */
const mostTogether = 4;

/** Values of a field that are tried one after the other where the least one does not fit. */
const mostScanned = 6;

type Fields = KernelSchedule["fields"];
type Value = number | string;

interface Search {
  readonly trials: Trials;
  readonly complete: Schedule;
  readonly changes: readonly Shrinking[];
  /** What the kernel needs unchanged: see `shareNeeded`. */
  readonly share: number;
}

/** `graph` and `program`: what the kernel was lowered from and to. */
export function findRemedies(
  { graph, program }: { readonly graph: Graph; readonly program: TileProgram },
  kernel: string,
  options: CompileOptions,
): Remedies {
  const most = Math.min(mostTrials, Math.floor(mostKernelTrials / Math.max(1, program.kernels.length)));
  const trials = makeTrials(graph, options, kernel, most);
  const complete = completeSchedule(graph, program);
  const kind = kindsOfKernels(graph).get(kernel);
  const schedule = complete?.kernels.find((entry) => entry.kernel === kernel)?.fields;
  if (complete === undefined || kind === undefined || schedule === undefined) return { found: [], tried: 0 };
  // What is simulated has trials of its own.
  trials.left -= mostShown + 1;
  const unchanged = kernelAlone(program, kernel);
  const { machine } = options.target;
  const changes = shrinkings(kind, schedule, largestSize(program));
  const search = { trials, complete, changes, share: shareNeeded(unchanged, machine) };
  const single = search.changes.flatMap((change) => singleChange(search, change));
  const together = single.length === 0 ? severalChanges(search) : undefined;
  trials.left = Math.max(0, trials.left) + mostShown + 1;
  const candidates: readonly Fields[] = together === undefined ? single : [together];
  const specs: AttrSpecs = fieldsOfKind(kind);
  const unchangedNs = timeAlone(unchanged, machineWithRoom(unchanged, machine));
  const rate = (fields: string, written: Schedule | undefined): readonly Remedy[] => {
    const tiles = lowerKernel(trials, written);
    if (tiles === undefined || shareNeeded(tiles, machine) > 1) return [];
    const timeNs = timeAlone(tiles, machine);
    if (timeNs === undefined) return [];
    return [{ fields, timeNs, morePercent: unchangedNs && 100 * (timeNs / unchangedNs - 1) }];
  };
  const free = options.schedule === undefined ? [] : rate("", undefined);
  const changed = candidates
    .slice(0, mostShown)
    .flatMap((fields) => rate(textOf(specs, fields), withFields(options.schedule ?? complete, kernel, fields)));
  const found = [...free, ...changed].sort((a, b) => a.timeNs - b.timeNs);
  return { found, tried: most - trials.left };
}

function textOf(specs: AttrSpecs, fields: Fields): string {
  const own = Object.fromEntries(Object.entries(specs).filter(([name]) => Object.hasOwn(fields, name)));
  // Without defaults, so that each field is printed.
  const shown = Object.fromEntries(Object.entries(own).map(([name, { default: _, ...spec }]) => [name, spec]));
  return printFields(shown as AttrSpecs, fields);
}

/** The schedule with more fields of a kernel. */
function withFields(schedule: Schedule, kernel: string, fields: Fields): Schedule {
  return { ...schedule, kernels: [...schedule.kernels, { kernel, fields }] };
}

function shareWith({ trials, complete }: Search, fields: Fields): number {
  const tiles = lowerKernel(trials, withFields(complete, trials.kernel, fields));
  return tiles === undefined ? Number.POSITIVE_INFINITY : shareNeeded(tiles, trials.options.target.machine);
}

/** The nearest value of a field that fits, where one does. */
function singleChange(search: Search, { field, values, isOrdered }: Shrinking): readonly Fields[] {
  const fits = (value: Value): boolean => shareWith(search, { [field]: value }) <= 1;
  if (!isOrdered) return values.filter(fits).map((value) => ({ [field]: value }));
  const least = shareWith(search, { [field]: values.at(-1) as Value });
  if (least <= 1) return [{ [field]: values[firstThat(values, fits)] as Value }];
  // What is kept for each of many small tiles can take more room than what they save: then a value between may fit.
  const isBetween = least !== search.share && 2 * least > search.share;
  const near = isBetween ? values.slice(0, mostScanned).find(fits) : undefined;
  return near === undefined ? [] : [{ [field]: near }];
}

/** The index of the first value for which something holds that holds for all after it, and for the last one. */
function firstThat(values: readonly Value[], holds: (value: Value) => boolean): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle] as Value)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Fields that fit together: one after the other the field that saves most takes its least value, the last one its nearest that fits. */
function severalChanges(search: Search): Fields | undefined {
  let fields: Fields = {};
  let { share, changes } = search;
  for (let step = 0; step < mostTogether; step++) {
    const rated = changes
      .filter(({ field }) => !Object.hasOwn(fields, field))
      .map((change) => {
        const least = { ...fields, [change.field]: change.values.at(-1) as Value };
        return { change, least, share: shareWith(search, least) };
      })
      .sort((a, b) => a.share - b.share);
    const [best, ...others] = rated.filter((one) => one.share < share);
    if (best === undefined) return undefined;
    if (best.share <= 1) return { ...fields, ...nearest(search, fields, best.change) };
    // What makes no difference now makes none beside it, mostly.
    [fields, share, changes] = [best.least, best.share, others.map(({ change }) => change)];
  }
  return undefined;
}

function nearest(search: Search, fields: Fields, { field, values, isOrdered }: Shrinking): Fields {
  const fits = (value: Value): boolean => shareWith(search, { ...fields, [field]: value }) <= 1;
  const index = isOrdered ? firstThat(values, fits) : values.length - 1;
  return { [field]: values[index] as Value };
}

function largestSize({ buffers }: TileProgram): number {
  return buffers.reduce((most, { shape }) => Math.max(most, ...shape), 1);
}
