// The search for a kernel's schedule among all values of its fields: a local search from the best schedules so far, with a seed. Each
// schedule that is tried is lowered and its time estimated; the most promising are simulated, and what the estimate misses of one is
// assumed of those that are made of it. It asks for estimates and simulations and does none itself, so that the caller says where and how
// many at a time; what it finds depends on the answers alone.

import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import { makeRandomWords } from "../../../ir-spec/base/random-words.ts";
import type { GivenFields } from "../../lower/kinds/define.ts";
import type { FieldChoices } from "./field-choices.ts";

/** What a schedule makes of a kernel, without running it. */
export interface Estimate {
  readonly timeNs: number;
  /** Below which no run is: the time that the unit with the most to do is busy. */
  readonly busiestNs: number;
  /** Equal for schedules that give the same kernel. */
  readonly form: string;
}

/** Undefined where a schedule does not fit. */
export type SearchStep =
  | { readonly kind: "estimate"; readonly points: readonly GivenFields[] }
  | { readonly kind: "simulate"; readonly points: readonly GivenFields[] };

export type SearchAnswer =
  | { readonly kind: "estimate"; readonly found: readonly (Estimate | undefined)[] }
  | { readonly kind: "simulate"; readonly found: readonly (number | undefined)[] };

/** A schedule that was tried. */
export interface TriedPoint {
  readonly fields: GivenFields;
  readonly fits: boolean;
  readonly estimateNs?: number;
  /** Where it was simulated. */
  readonly timeNs?: number;
}

export interface SearchSpace {
  readonly choices: FieldChoices;
  /** What the strategy chose, which is the first to be tried; what an earlier search found; then those that the strategy considered. */
  readonly starts: readonly GivenFields[];
}

export interface Found {
  readonly fields: GivenFields;
  /** Undefined where the search was stopped before anything was simulated, or nothing fits. */
  readonly timeNs: number | undefined;
  /** Of the strategy's own choice. */
  readonly startNs: number | undefined;
  readonly tried: readonly TriedPoint[];
  readonly simulated: number;
}

/** An answer, or undefined where the search has to stop with what it has. */
export type KernelSearch = Generator<SearchStep, Found, SearchAnswer | undefined>;

export interface SearchOptions {
  /** How many schedules are tried. */
  readonly budget: number;
  readonly seed: number;
}

/** Schedules that are estimated in one step, and how many of those known are simulated after it. Assumed. */
const roundSize = 32;
const simulatedPerRound = 2;
/** How many of the first ones are simulated, and how many at the end. Assumed. */
const simulatedAtFirst = 6;
const simulatedAtLast = 4;
/** How many of the best ones the next ones are made of. Assumed. */
const eliteSize = 6;
/** What the strategy chose, and what is known of an earlier search, which comes second: they are tried and simulated whatever their estimates. */
const surelyTried = 2;
/** The share of the budget that the strategy's candidates may take. */
const startShare = 0.25;

interface Point {
  readonly fields: GivenFields;
  readonly estimate: Estimate | undefined;
  /** What the simulator said beyond the estimate, of the point that it was made of. */
  readonly missedNs: number;
  timeNs: number | undefined;
}

/** A point that fits. */
type FittingPoint = Point & { readonly estimate: Estimate };

/** Changed in place. */
interface SearchState extends SearchSpace, SearchOptions {
  readonly random: () => number;
  readonly seen: Set<string>;
  readonly points: Point[];
  /** Simulated times by form. */
  readonly times: Map<string, number | undefined>;
}

export function* searchKernel(space: SearchSpace, options: SearchOptions): KernelSearch {
  const state: SearchState = {
    ...space,
    ...options,
    random: makeRandomWords(options.seed),
    seen: new Set(),
    points: [],
    times: new Map(),
  };
  const most = Math.min(options.budget, Math.max(surelyTried, Math.floor(options.budget * startShare)));
  const starts = space.starts.filter((fields) => isNew(state, fields)).slice(0, most);
  if (
    !(yield* tryPoints(
      state,
      starts.map((fields) => ({ fields, missedNs: 0 })),
    ))
  )
    return foundOf(state);
  if (!(yield* simulateBest(state, simulatedAtFirst, state.points.slice(0, surelyTried)))) return foundOf(state);
  while (state.points.length < options.budget) {
    const next = propose(state, Math.min(roundSize, options.budget - state.points.length));
    if (next.length === 0) break;
    if (!(yield* tryPoints(state, next))) return foundOf(state);
    if (!(yield* simulateBest(state, simulatedPerRound))) return foundOf(state);
  }
  yield* simulateBest(state, simulatedAtLast);
  return foundOf(state);
}

type Proposal = Pick<Point, "fields" | "missedNs">;

/** Estimates points; false where the search has to stop. */
function* tryPoints(
  state: SearchState,
  proposals: readonly Proposal[],
): Generator<SearchStep, boolean, SearchAnswer | undefined> {
  const answer = yield { kind: "estimate", points: proposals.map(({ fields }) => fields) };
  if (answer?.kind !== "estimate") return false;
  for (const [at, proposal] of proposals.entries()) {
    const estimate = answer.found[at];
    state.points.push({ ...proposal, estimate, timeNs: estimate && state.times.get(estimate.form) });
  }
  return true;
}

/** Simulates `always`, and of the others that could be the best so far the most promising; false where the search has to stop. */
function* simulateBest(
  state: SearchState,
  count: number,
  always: readonly Point[] = [],
): Generator<SearchStep, boolean, SearchAnswer | undefined> {
  const bestNs = bestOf(state)?.timeNs ?? Number.POSITIVE_INFINITY;
  const open = state.points
    .filter(fitsChip)
    .filter(({ estimate }) => !state.times.has(estimate.form) && estimate.busiestNs < bestNs)
    .sort((a, b) => Number(always.includes(b)) - Number(always.includes(a)) || predictedNs(a) - predictedNs(b));
  const forms = new Set<string>();
  const chosen = open.filter(({ estimate: { form } }) => !forms.has(form) && forms.add(form)).slice(0, count);
  if (chosen.length === 0) return true;
  const answer = yield { kind: "simulate", points: chosen.map(({ fields }) => fields) };
  if (answer?.kind !== "simulate") return false;
  for (const [at, { estimate }] of chosen.entries()) state.times.set(estimate.form, answer.found[at]);
  for (const point of state.points) point.timeNs ??= point.estimate && state.times.get(point.estimate.form);
  return true;
}

const fitsChip = (point: Point): point is FittingPoint => point.estimate !== undefined;

const predictedNs = ({ estimate, missedNs }: FittingPoint): number => estimate.timeNs + missedNs;

/** Those whose time is known, the fastest first, of equal ones that which was tried first. */
function ranked({ points }: SearchState): readonly (FittingPoint & { readonly timeNs: number })[] {
  return points
    .filter((point): point is FittingPoint & { timeNs: number } => fitsChip(point) && point.timeNs !== undefined)
    .sort((a, b) => a.timeNs - b.timeNs);
}

const bestOf = (state: SearchState) => ranked(state)[0];

function foundOf(state: SearchState): Found {
  const best = bestOf(state);
  const first = state.points[0];
  return {
    fields: best?.fields ?? first?.fields ?? state.starts[0] ?? {},
    timeNs: best?.timeNs,
    startNs: first?.timeNs,
    tried: state.points.map(({ fields, estimate, timeNs }) => ({
      fields,
      fits: estimate !== undefined,
      ...(estimate && { estimateNs: estimate.timeNs }),
      ...(timeNs !== undefined && { timeNs }),
    })),
    simulated: state.times.size,
  };
}

const textOf = (fields: GivenFields): string =>
  JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Whether it was not tried; it is noted. */
function isNew({ seen }: SearchState, fields: GivenFields): boolean {
  const text = textOf(fields);
  if (seen.has(text)) return false;
  seen.add(text);
  return true;
}

/** How often a proposal may have been tried before a smaller round is taken. */
const maxRepeats = 20;

/** New points near the best ones: one step from the best one, as many as half of them, then others. */
function propose(state: SearchState, count: number): readonly Proposal[] {
  const elites = distinctForms(ranked(state)).slice(0, eliteSize);
  const parents: readonly Proposal[] =
    elites.length > 0
      ? elites.map(({ fields, timeNs, estimate }) => ({ fields, missedNs: timeNs - estimate.timeNs }))
      : state.starts.map((fields) => ({ fields, missedNs: 0 }));
  const isOpen = ({ fields }: Proposal): boolean => !state.seen.has(textOf(fields));
  const near = neighbours(state, parents[0])
    .filter(isOpen)
    .slice(0, Math.ceil(count / 2));
  const proposals: Proposal[] = near.filter(({ fields }) => isNew(state, fields));
  for (let attempt = 0; attempt < maxRepeats * count && proposals.length < count; attempt++) {
    const proposal = proposeOne(state, parents);
    if (isNew(state, proposal.fields)) proposals.push(proposal);
  }
  return proposals;
}

/** Points that differ in one field by one step, in random order. */
function neighbours({ choices, random }: SearchState, parent: Proposal | undefined): readonly Proposal[] {
  if (parent === undefined) return [];
  const { fields, missedNs } = parent;
  const all = Object.entries(choices).flatMap(([name, values]) => {
    const at = indexIn(values, fields[name] ?? null);
    const near = typeof fields[name] === "number" ? [values[at - 1], values[at + 1]] : values;
    return near
      .filter((value) => value !== undefined && value !== values[at])
      .map((value) => ({ order: random(), fields: { ...fields, [name]: value as AttrValue }, missedNs }));
  });
  return all.sort((a, b) => a.order - b.order);
}

const indexIn = (values: readonly AttrValue[], value: AttrValue): number =>
  values.findIndex((known) => JSON.stringify(known) === JSON.stringify(value));

function distinctForms<P extends FittingPoint>(points: readonly P[]): readonly P[] {
  const forms = new Set<string>();
  return points.filter(({ estimate: { form } }) => !forms.has(form) && forms.add(form));
}

/** One of the best, better ones more often, with one field changed, often two, seldom three; or what two of them have, mixed. */
function proposeOne({ random, choices }: SearchState, parents: readonly Proposal[]): Proposal {
  const below = (bound: number): number => random() % bound;
  const pick = (): Proposal => parents[Math.min(below(parents.length), below(parents.length))] as Proposal;
  const parent = pick();
  const other = below(8) === 0 ? pick() : parent;
  const fields: Record<string, AttrValue> = { ...parent.fields };
  for (const name of Object.keys(choices))
    if (below(2) === 0) fields[name] = other.fields[name] ?? fields[name] ?? null;
  const names = Object.keys(choices);
  const changes = 1 + Number(below(2) === 0) + Number(below(4) === 0);
  for (let change = 0; change < changes; change++) {
    const name = names[below(names.length)];
    if (name !== undefined) fields[name] = changed(fields[name] ?? null, choices[name] ?? [], below);
  }
  return { fields, missedNs: parent.missedNs };
}

/** Another value: of numbers mostly a neighbour. */
function changed(value: AttrValue, values: readonly AttrValue[], below: (bound: number) => number): AttrValue {
  const at = indexIn(values, value);
  if (typeof value === "number" && at >= 0 && below(3) > 0) {
    const next = values[below(2) === 0 ? at - 1 : at + 1];
    if (next !== undefined) return next;
  }
  return values[below(Math.max(1, values.length))] ?? value;
}
