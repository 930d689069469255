// Why one run is faster than another, from their figures. A run's time is the work of its busiest unit, which that needs whatever the
// others do, and the time beyond it; so what a run gains is the sum of what it gains in both.

import { formatBytes, formatCount, formatNs, formatPercent, toThreeDigits } from "../../ir-spec/base/format-numbers.ts";
import type { ReportUnit } from "../../targets/neuron/sim/report.ts";
import type { Profile } from "../driver/profile.ts";
import type { CompareRun, FittingRun, RunName } from "./run.ts";
import { dimsText, fastestOf, groupRuns, isFitting } from "./sort.ts";

/** A part of what is gained. */
export interface Cause {
  readonly kind: "work" | "overlap";
  /** The unit that had, or now has, the most to do. */
  readonly unit: ReportUnit;
  readonly savedNs: number;
  readonly text: string;
}

export interface Reason {
  readonly faster: RunName;
  readonly slower: RunName;
  readonly timesFaster: number;
  /** The larger ones first; what is below a tenth of the gain is left out. */
  readonly causes: readonly Cause[];
  readonly text: string;
}

/** A cause with a smaller part of the gain than this is not worth a word. Assumed. */
const minShare = 0.1;

/** Figures that differ by less are called equal. Assumed. */
const minChange = 1.05;

/** Times that differ by less need no reason. Assumed. */
const minGain = 1.005;

const hbmBytes = ({ hbm }: Profile): number => hbm.readBytes + hbm.writeBytes;
const floorOf = ({ bound }: Profile): number => bound.floorNs[bound.kind];

export function explainWin(fast: FittingRun, slow: FittingRun): Reason {
  const [a, b] = [slow.profile, fast.profile];
  const gainNs = a.timeNs - b.timeNs;
  const causes = [workCause(a, b), overlapCause(a, b)]
    .filter(({ savedNs }) => savedNs > minShare * gainNs)
    .sort((one, other) => other.savedNs - one.savedNs);
  const timesFaster = a.timeNs / b.timeNs;
  const why = causes.length === 0 ? "their figures hardly differ" : causes.map(({ text }) => text).join("; ");
  const name = nameDifference(fast, slow);
  const text = `${name.faster} takes ${formatNs(b.timeNs)}, ${name.slower} ${formatNs(a.timeNs)} (${toThreeDigits(timesFaster)} times as long): ${why}`;
  return { faster: nameOf(fast), slower: nameOf(slow), timesFaster, causes, text };
}

const nameOf = ({ schedule, target, dims }: RunName): RunName => ({ schedule, target, dims });

/** What distinguishes two runs of the same size. */
function nameDifference(fast: RunName, slow: RunName): { readonly faster: string; readonly slower: string } {
  if (fast.target === slow.target) return { faster: `${fast.schedule} on ${fast.target}`, slower: slow.schedule };
  if (fast.schedule === slow.schedule)
    return { faster: `${fast.schedule} on ${fast.target}`, slower: `on ${slow.target}` };
  return { faster: `${fast.schedule} on ${fast.target}`, slower: `${slow.schedule} on ${slow.target}` };
}

/** The busiest unit has less to do. */
function workCause(slow: Profile, fast: Profile): Cause {
  const [before, after] = [slow.bound.kind, fast.bound.kind];
  const times = [floorOf(slow), floorOf(fast)].map(formatNs);
  const head =
    before === after
      ? `${before} has work for ${times[1]} instead of ${times[0]}`
      : `${after} has the most work, ${times[1]}, instead of ${before}, ${times[0]}`;
  const details = before === "dma" ? trafficDetails(slow, fast) : instructionDetails(slow, fast, before);
  const text = details.length === 0 ? head : `${head}, with ${details.join(" and ")}`;
  return { kind: "work", unit: before, savedNs: floorOf(slow) - floorOf(fast), text };
}

function trafficDetails(slow: Profile, fast: Profile): readonly string[] {
  const details: string[] = [];
  if (hbmBytes(slow) > minChange * hbmBytes(fast)) {
    details.push(`HBM traffic of ${formatBytes(hbmBytes(fast))} instead of ${formatBytes(hbmBytes(slow))}`);
  }
  const [shorter, longer] = [slow.dma.averageRowBytes, fast.dma.averageRowBytes];
  if (longer > minChange * shorter) {
    details.push(`DMA rows of ${formatBytes(Math.round(longer))} instead of ${formatBytes(Math.round(shorter))}`);
  }
  return details;
}

function instructionDetails(slow: Profile, fast: Profile, unit: ReportUnit): readonly string[] {
  const [more, fewer] = [slow, fast].map(({ engines }) => engines[unit].instructions) as [number, number];
  return more > minChange * fewer ? [`${formatCount(fewer)} instructions instead of ${formatCount(more)}`] : [];
}

/** Less time passes in which the busiest unit waits for the others. */
function overlapCause(slow: Profile, fast: Profile): Cause {
  const unit = fast.bound.kind;
  const beyond = (profile: Profile): number => profile.timeNs - floorOf(profile);
  const [now, before] = [fast, slow].map(({ engines }) => engines[unit].activePercent) as [number, number];
  const share =
    now > before
      ? ` (${unit} is active for ${formatPercent(now)} of the time instead of ${formatPercent(before)})`
      : "";
  const text = `units wait less for each other, ${formatNs(beyond(fast))} beyond the busiest one's work instead of ${formatNs(beyond(slow))}${share}`;
  return { kind: "overlap", unit, savedNs: beyond(slow) - beyond(fast), text };
}

/** For equal sizes: of each target the fastest run against all others on it, and the targets' fastest runs against each other. */
export function explainRuns(runs: readonly CompareRun[]): readonly Reason[] {
  return groupRuns(runs.filter(isFitting), dimsText).flatMap((sized) => {
    const targets = groupRuns(sized, ({ target }) => target);
    const within = targets.flatMap(explainGroup);
    const best = targets.flatMap((group) => fastestOf(group) ?? []);
    return [...within, ...explainGroup(best)];
  });
}

/** Against the next faster ones first. */
function explainGroup(group: readonly FittingRun[]): readonly Reason[] {
  const fastest = fastestOf(group);
  if (fastest === undefined) return [];
  const others = group.filter(({ profile }) => profile.timeNs > minGain * fastest.profile.timeNs);
  return others.toSorted((a, b) => a.profile.timeNs - b.profile.timeNs).map((slow) => explainWin(fastest, slow));
}
