// Schedule fields that a user gave and that change nothing, found by lowering the kernel with other values: numbers beyond what the
// problem or the machine has, and fields that have no effect on this kernel.
//
//     kernel y { tile_m=129, slots_lhs=1000 }   ->   tile_m=129 is as 128; slots_lhs=1000 is as 4

import { type AttrSpecs, type AttrValue, attrValuesEqual, printAttrValue } from "../../ir-spec/base/attr.ts";
import type { Access, TileBuffer, TileStatement } from "../../ir-spec/tile.ts";

type Fields = Readonly<Record<string, AttrValue>>;

/** What lowering makes of a schedule, as a text to compare. */
export type LoweredText = (schedule: Fields) => string;

export interface Ineffective {
  readonly field: string;
  /** `tile_m=129 is as 128`, `evict=act has no effect`. */
  readonly text: string;
}

/** Fields whose effect is not in the statements alone. */
const apart: readonly string[] = ["others", "stages", "store"];

/** `given`: the fields to look at, all of them in `schedule`, too. */
export function ineffectiveFields(
  specs: AttrSpecs,
  given: Fields,
  schedule: Fields,
  lowered: LoweredText,
): readonly Ineffective[] {
  const now = lowered(schedule);
  return Object.entries(given).flatMap(([field, value]): readonly Ineffective[] => {
    const spec = specs[field];
    if (spec === undefined || apart.includes(field) || attrValuesEqual(value, spec.default ?? null)) return [];
    const isSame = (other: AttrValue): boolean => lowered({ ...schedule, [field]: other }) === now;
    const shown = `${field}=${printAttrValue(spec, value).replaceAll('"', "")}`;
    if (spec.kind === "int" && typeof value === "number") {
      const least = leastSame(value, isSame);
      return least === value ? [] : [{ field, text: `${shown} is as ${least}` }];
    }
    if (spec.kind !== "choice") return [];
    const others = spec.choices.filter((choice) => choice !== value);
    return others.every(isSame) ? [{ field, text: `${shown} has no effect` }] : [];
  });
}

/** The least number that gives the same, found by halving: what is cut is cut to one number. */
function leastSame(value: number, isSame: (other: number) => boolean): number {
  let [different, same] = [0, value];
  while (same - different > 1) {
    const middle = (same + different) >> 1;
    if (isSame(middle)) same = middle;
    else different = middle;
  }
  return same;
}

/** The statements and buffers of a kernel; rings have no more slots than instances. */
export function textOfBody(
  body: readonly TileStatement[],
  bufferInfo: (buffer: Access["buffer"]) => TileBuffer,
): string {
  const buffers: object[] = [];
  const visit = (statements: readonly TileStatement[], times: number): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body, times * statement.trips.max);
      if (statement.kind !== "alloc") continue;
      const { slots, ...buffer } = bufferInfo(statement.buffer);
      buffers.push({ ...buffer, slots: Math.min(slots, times) });
    }
  };
  visit(body, 1);
  return JSON.stringify([body, buffers]);
}
