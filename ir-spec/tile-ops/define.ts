// The form of a row in THE TILE-OP TABLE: what one kernel statement may touch and what it means, for any engine.

import type { AttrSpecs, AttrValue, AttrValues } from "../base/attr.ts";
import type { Memory } from "../base/memory.ts";

export interface TileOperand {
  readonly name: string;
  /** `modify`: what the op does not write stays as it is, so that the operand must have been written before. */
  readonly role: "read" | "write" | "modify";
  readonly memories: readonly Memory[];
  readonly optional?: true;
  /**
   * Letters for its number of rows and for its elements in each row. The same letter is the same number in all operands
   * of the op; `1` is one element, which the op uses along the whole row; `m*c` are m times as many as another letter says.
   */
  readonly shape: readonly [rows: string, elements: string];
}

/** An operand's elements, gathered: `p` rows of `f` elements. */
export interface TileValue {
  readonly p: number;
  readonly f: number;
  readonly data: Float64Array;
}

/** What an op takes from the iteration that it runs in. */
export interface TileContext {
  readonly accumulate: boolean;
  /** The first number, for ops that count. */
  readonly base: number;
  /** Whether all operands are i32, whose products f64 does not have. */
  readonly isI32: boolean;
  /** The operand that is computed, for ops that write several. */
  readonly result: string;
}

type Optional = { readonly optional: true };

/** Something for each operand of a row, by name; optional ones may be absent. */
export type ForOperands<O extends readonly TileOperand[], T> = {
  readonly [E in O[number] as E extends Optional ? never : E["name"]]: T;
} & { readonly [E in O[number] as E extends Optional ? E["name"] : never]?: T };

/** The same for those that are read. */
type ForSources<O extends readonly TileOperand[], T> = {
  readonly [E in O[number] as E["role"] extends "read" ? E["name"] : never]: E extends Optional ? T | undefined : T;
};

/** What else holds of a tile op, for whoever asks. */
export interface TileOpFacts {
  /** An element of `dst` is computed from those at its place in operands of its shape alone, so that it may take the place of one. */
  readonly isElementwise?: true;
  /** Several engines compute it alike, so that they can share its elements. */
  readonly isDivisible?: true;
  /** It works on one tile: what several of them side by side would be is another op. */
  readonly isOfOneTile?: true;
  /** It counts elements from a `base` on. */
  readonly hasBase?: true;
}

export interface TileOpRow<A extends AttrSpecs, O extends readonly TileOperand[]> {
  readonly summary: string;
  /** The loop nest that it stands for, and its constraints (markdown). */
  readonly detail: string;
  readonly operands: O;
  readonly attrs: A;
  readonly facts?: TileOpFacts;
  /** Reference meaning: fills `dst`, or the other operand named by the context, from the gathered operands, in f64; the caller rounds. */
  readonly eval: (
    operands: ForSources<O, TileValue>,
    attrs: AttrValues<A>,
    dst: TileValue,
    context: TileContext,
  ) => void;
}

export function defineTileOp<const A extends AttrSpecs, const O extends readonly TileOperand[]>(
  row: TileOpRow<A, O>,
): TileOpRow<A, O> {
  return row;
}

/** Fills `dst`: [c, m * p] with the transposes of the m matrices that lie side by side in `src`: [p, m * c]. */
export function transposeInto(dst: TileValue, src: TileValue): void {
  for (let i = 0; i < src.p; i++) {
    for (let from = 0; from < src.f; from++) {
      const j = from % dst.p;
      const matrix = (from - j) / dst.p;
      dst.data[j * dst.f + matrix * src.p + i] = src.data[i * src.f + from] as number;
    }
  }
}

/** A row seen by generic code, which cannot know the attributes' types nor which operands there are. */
export interface AnyTileOpRow {
  readonly summary: string;
  readonly detail: string;
  readonly operands: readonly TileOperand[];
  readonly attrs: AttrSpecs;
  readonly facts?: TileOpFacts;
  readonly eval: (
    operands: Readonly<Record<string, TileValue>>,
    attrs: Readonly<Record<string, AttrValue>>,
    dst: TileValue,
    context: TileContext,
  ) => void;
}
