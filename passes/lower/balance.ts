// Which engine runs which statement of a loop body: the time of an iteration is that of the engine with the most to do, so work moves
// from it to others, whole or in part, until nothing is gained, or until the transfers take longer anyway.

import type { EngineHint } from "../../ir-spec/tile.ts";

/** Something to be done that can be divided into `parts` equal parts. */
export interface Work {
  readonly parts: number;
  /** The time that so many of its parts take (ns); undefined where the engine cannot do it. 1 part or more. */
  readonly costNs: (engine: EngineHint, parts: number) => number | undefined;
}

/** How many of a work's parts an engine does. */
export interface Share {
  readonly engine: EngineHint;
  readonly parts: number;
}

const engines = ["dve", "act", "pool"] as const satisfies readonly EngineHint[];

/** By what share of the longest time a move must shorten it: what is gained less is lost to waiting. Assumed. */
export const minGain = 0.015;

/** At most so many moves. Assumed: bodies of so many large statements gain nothing from more. */
const maxMoves = 240;

export interface BalanceGoal {
  /** Below this nothing is gained. */
  readonly goalNs: number;
  /** What engines have to do besides. */
  readonly busyNs?: ReadonlyMap<EngineHint, number>;
  /** Engines of which one works at a time: each is as busy as all of them together. */
  readonly takeTurns?: readonly EngineHint[];
}

/** The shares of each work, none of them empty; a work that no engine does has none. The vector engine is preferred among equals. */
export function balance(
  works: readonly Work[],
  { goalNs, busyNs = new Map(), takeTurns = [] }: BalanceGoal,
): readonly (readonly Share[])[] {
  const state: Balance = { ...startingShares(works, busyNs), takeTurns };
  let best = sharesOf(state);
  let bestNs = longestOf(state);
  for (let moves = 0; moves < maxMoves; moves++) {
    const move = bestMove(works, state, goalNs);
    if (move === undefined) break;
    apply(works, state, move);
    if (longestOf(state) < bestNs) [best, bestNs] = [sharesOf(state), longestOf(state)];
  }
  return undivided(works, best, { busyNs, takeTurns, goalNs: bestNs });
}

/** The shares with each work on one of its engines alone, as long as no engine has more to do than the one that has the most. */
function undivided(
  works: readonly Work[],
  shares: readonly (readonly Share[])[],
  goal: BalanceGoal,
): readonly (readonly Share[])[] {
  return shares.reduce((all, own, work) => {
    if (own.length < 2) return all;
    const alone = own.map(({ engine }) => all.with(work, [{ engine, parts: (works[work] as Work).parts }]));
    return alone.find((each) => longestOfShares(works, each, goal) <= goal.goalNs) ?? all;
  }, shares);
}

/** What the engine with the most to do takes (ns), or the goal where that is more. */
export function longestOfShares(
  works: readonly Work[],
  shares: readonly (readonly Share[])[],
  { busyNs = new Map(), takeTurns = [], goalNs }: BalanceGoal,
): number {
  const own = new Map(busyNs);
  for (const [work, parts] of shares.entries())
    for (const share of parts) own.set(share.engine, (own.get(share.engine) ?? 0) + costOfShare(works[work], share));
  return Math.max(goalNs, longestOf({ busyNs: own, takeTurns }));
}

const costOfShare = (work: Work | undefined, { engine, parts }: Share): number =>
  work?.costNs(engine, parts) ?? Number.POSITIVE_INFINITY;

const sharesOf = (state: Balance): readonly (readonly Share[])[] =>
  state.shares.map((own) => [...own].map(([engine, parts]) => ({ engine, parts })));

const longestOf = (state: Pick<Balance, "busyNs" | "takeTurns">): number =>
  Math.max(...engines.map((engine) => busyOf(state, engine)));

/** What each engine has to do so far, and who does what. Changed in place. */
interface Balance {
  readonly busyNs: Map<EngineHint, number>;
  readonly shares: readonly Map<EngineHint, number>[];
  readonly takeTurns: readonly EngineHint[];
}

interface Move {
  readonly work: number;
  readonly from: EngineHint;
  readonly to: EngineHint;
  readonly parts: number;
}

function startingShares(
  works: readonly Work[],
  besidesNs: ReadonlyMap<EngineHint, number>,
): Pick<Balance, "busyNs" | "shares"> {
  const busyNs = new Map<EngineHint, number>(engines.map((engine) => [engine, besidesNs.get(engine) ?? 0]));
  const shares = works.map(({ parts, costNs }) => {
    let best: { engine: EngineHint; ns: number } | undefined;
    for (const engine of engines) {
      const ns = costNs(engine, parts);
      if (ns !== undefined && (best === undefined || ns < best.ns)) best = { engine, ns };
    }
    if (best !== undefined) busyNs.set(best.engine, (busyNs.get(best.engine) as number) + best.ns);
    return new Map(best === undefined ? [] : [[best.engine, parts] as const]);
  });
  return { busyNs, shares };
}

/**
 * The best move off the busiest engine. Where there is none, off the next one: an engine that is as busy may have work for a third
 * one, and then has room for what the busiest one can give to it alone.
 */
function bestMove(works: readonly Work[], state: Balance, goalNs: number): Move | undefined {
  const busiestFirst = engines.toSorted((a, b) => busyOf(state, b) - busyOf(state, a));
  for (const from of busiestFirst) {
    const move = bestMoveOff(works, state, { from, goalNs });
    if (move !== undefined) return move;
  }
  return undefined;
}

/** The move off an engine after which the busier one of both is least busy. */
function bestMoveOff(
  works: readonly Work[],
  state: Balance,
  { from, goalNs }: { readonly from: EngineHint; readonly goalNs: number },
): Move | undefined {
  const longestNs = busyOf(state, from);
  if (longestNs <= goalNs) return undefined;
  let best: Move | undefined;
  let bestNs = longestNs * (1 - minGain);
  for (const [work, own] of state.shares.entries()) {
    const held = own.get(from);
    if (held === undefined) continue;
    for (const to of engines) {
      if (to === from) continue;
      for (const parts of candidateParts(works, state, { work, from, to, parts: held })) {
        const move = { work, from, to, parts };
        const ns = longestAfter(works, state, move);
        if (ns < bestNs) [best, bestNs] = [move, ns];
      }
    }
  }
  return best;
}

/** All parts, and as many as make both engines equally busy. */
function candidateParts(works: readonly Work[], state: Balance, all: Move): readonly number[] {
  let [few, many] = [0, all.parts];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    const [left, moved] = busyAfter(works, state, { ...all, parts: middle });
    if (moved > left) many = middle;
    else few = middle;
  }
  return [...new Set([few, many, all.parts])].filter((parts) => parts > 0);
}

function longestAfter(works: readonly Work[], state: Balance, move: Move): number {
  return Math.max(...busyAfter(works, state, move));
}

/** How busy both engines of a move are after it. */
function busyAfter(works: readonly Work[], state: Balance, move: Move): [from: number, to: number] {
  const [left, moved] = ownAfter(works, state, move);
  const own = new Map(state.busyNs).set(move.from, left).set(move.to, moved);
  const after = { ...state, busyNs: own };
  return [busyOf(after, move.from), busyOf(after, move.to)];
}

/** What both engines of a move have to do themselves after it. */
function ownAfter(works: readonly Work[], state: Balance, { work, from, to, parts }: Move): [from: number, to: number] {
  const own = state.shares[work] as ReadonlyMap<EngineHint, number>;
  const { costNs } = works[work] as Work;
  const cost = (engine: EngineHint, count: number): number =>
    count === 0 ? 0 : (costNs(engine, count) ?? Number.POSITIVE_INFINITY);
  const [held, known] = [own.get(from) ?? 0, own.get(to) ?? 0];
  const ownNs = (engine: EngineHint): number => state.busyNs.get(engine) ?? 0;
  return [
    ownNs(from) - cost(from, held) + cost(from, held - parts),
    ownNs(to) - cost(to, known) + cost(to, known + parts),
  ];
}

function busyOf({ busyNs, takeTurns }: Pick<Balance, "busyNs" | "takeTurns">, engine: EngineHint): number {
  const together = takeTurns.includes(engine) ? takeTurns : [engine];
  return together.reduce((sum, each) => sum + (busyNs.get(each) ?? 0), 0);
}

function apply(works: readonly Work[], state: Balance, move: Move): void {
  const { work, from, to, parts } = move;
  const [left, moved] = ownAfter(works, state, move);
  state.busyNs.set(from, left);
  state.busyNs.set(to, moved);
  const own = state.shares[work] as Map<EngineHint, number>;
  own.set(to, (own.get(to) ?? 0) + parts);
  const rest = (own.get(from) ?? 0) - parts;
  if (rest === 0) own.delete(from);
  else own.set(from, rest);
}
