// Readers of index arithmetic: affine functions, sizes that a border cuts, flags. What a name means is the caller's to say.

import type { Affine, Extent, Flag } from "./affine.ts";
import type { LoopId } from "./base/ids.ts";
import { readInt, readName, reportUnknown } from "./base/read-values.ts";
import { accept, type Cursor, expect, peek, readList, reportWanted, type Token } from "./base/scan.ts";
import { findIn, namesIn, type Scoped } from "./base/scoped.ts";

/** Finds the loop of a name, and reports it at its token where there is none. */
export type FindLoop = (name: WrittenName) => LoopId;

export interface WrittenName {
  readonly name: string;
  readonly token: Token;
}

/** A term of a sum as it is written: `128`, `k`, `128*k`. */
export interface WrittenTerm {
  readonly scale: number;
  readonly of?: WrittenName;
}

/** `128*m - k + 64`: the terms in the order of the text. */
export function readSum(cursor: Cursor): WrittenTerm[] {
  const terms = [readTerm(cursor)];
  while (!cursor.isLost) {
    if (accept(cursor, "+")) terms.push(readTerm(cursor));
    else if (accept(cursor, "-")) terms.push(negated(readTerm(cursor)));
    else break;
  }
  return terms;
}

function readTerm(cursor: Cursor): WrittenTerm {
  let isNegative = false;
  while (accept(cursor, "-")) isNegative = !isNegative;
  const read = readPositiveTerm(cursor);
  return isNegative ? negated(read) : read;
}

function readPositiveTerm(cursor: Cursor): WrittenTerm {
  const { kind } = peek(cursor);
  if (kind === "name" || kind === "string") return { scale: 1, of: readWrittenName(cursor) };
  const scale = readInt(cursor, "a number or a loop");
  return accept(cursor, "*") ? { scale, of: readWrittenName(cursor) } : { scale };
}

function readWrittenName(cursor: Cursor): WrittenName {
  const token = peek(cursor);
  return { name: readName(cursor, "a loop"), token };
}

function negated(term: WrittenTerm): WrittenTerm {
  return { ...term, scale: term.scale === 0 ? 0 : -term.scale };
}

/** Makes the affine function of a sum: constants added up, loops in the order of their ids. */
export function affineOf(terms: readonly WrittenTerm[], findLoop: FindLoop): Affine {
  let constant = 0;
  const scales = new Map<LoopId, number>();
  for (const { scale, of } of terms) {
    if (of === undefined) constant += scale;
    else {
      const loop = findLoop(of);
      scales.set(loop, (scales.get(loop) ?? 0) + scale);
    }
  }
  const sorted = [...scales].filter(([, scale]) => scale !== 0).sort(([a], [b]) => a - b);
  return { constant, terms: sorted.map(([loop, scale]) => ({ loop, scale })) };
}

export function readAffine(cursor: Cursor, findLoop: FindLoop): Affine {
  return affineOf(readSum(cursor), findLoop);
}

/** Sizes that have a name at a place: `let m_size = min(8, 100 - 8*m)`. */
export type SizeNames = Scoped<string, Extent>;

/** `let m_size = min(8, 100 - 8*m)`: from here on the name is known. */
export function readLet(cursor: Cursor, findLoop: FindLoop, sizes: SizeNames): void {
  expect(cursor, "let");
  const name = readName(cursor, "a name for a size");
  expect(cursor, "=");
  const size = readExtent(cursor, findLoop, sizes);
  if (!cursor.isLost) sizes.own.set(name, size);
}

/** `128`, `min(128, 500 - 128*m)`, or the name of a size. */
export function readExtent(cursor: Cursor, findLoop: FindLoop, sizes: SizeNames): Extent {
  const token = peek(cursor);
  const isName = token.kind === "string" || (token.kind === "name" && peek(cursor, 1).text !== "(");
  if (isName) {
    const size = findIn(sizes, readName(cursor));
    if (size === undefined) reportUnknown(cursor, "size", token, namesIn(sizes));
    return size ?? { max: 0 };
  }
  if (!accept(cursor, "min")) return { max: readInt(cursor, "a size") };
  expect(cursor, "(");
  const max = readInt(cursor, "a size");
  expect(cursor, ",");
  const limit = readAffine(cursor, findLoop);
  expect(cursor, ")");
  return { max, limit };
}

/** `true`, `false`, or `notFirst(k)`. */
export function readFlag(cursor: Cursor, findLoop: FindLoop): Flag {
  if (accept(cursor, "true")) return true;
  if (accept(cursor, "false")) return false;
  if (!accept(cursor, "notFirst")) {
    reportWanted(cursor, "true, false or notFirst(...)");
    return false;
  }
  expect(cursor, "(");
  const notFirst = readList(cursor, ")", () => findLoop(readWrittenName(cursor)));
  expect(cursor, ")");
  return { notFirst };
}
