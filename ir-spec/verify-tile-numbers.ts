// Numbers of tile programs that say where and how much: addresses, strides, sizes and trips are integers that arithmetic keeps
// exact. NaN and fractions pass every comparison with a bound, so this is checked before any bound is.

import type { Affine, Extent } from "./affine.ts";
import { isId } from "./base/ids.ts";
import { type Problem, problem } from "./base/result.ts";
import type { Access, TileBuffer, TileNode } from "./tile.ts";

/** A number, and what it is of. */
type Named = readonly [what: string, value: number];

/** The numbers of a node that are no integers. */
export function verifyNodeNumbers(where: string, node: TileNode): readonly Problem[] {
  const wrongOrigins = (node.origin ?? []).flatMap((found) => (isId(found) ? [] : [`the origin ${found}`]));
  const origins = wrongOrigins.map((found) => problem("E0636", { where, found, expected: "the number of a node" }));
  // Names are found for wrong numbers alone.
  if (Object.values(node.operands).every(isOfIntegers) && isAffineOfIntegers(node.base)) return origins;
  const named = Object.entries(node.operands).flatMap(([name, access]) => numbersOfAccess(name, access));
  return [...refuseOthers(where, [...named, ...numbersOf("base", node.base)]), ...origins];
}

/** Where a loop's trips are no integers. */
export function verifyTrips(where: string, { limit }: Extent): readonly Problem[] {
  return refuseOthers(where, numbersOf("limit", limit));
}

/** Where a constant's data are no numbers. */
export function verifyData(where: string, { data }: TileBuffer): readonly Problem[] {
  const odd = data?.find((value) => typeof value !== "number");
  const isOdd = data?.some((value) => typeof value !== "number") ?? false;
  return isOdd ? [problem("E0636", { where, found: `data ${odd}`, expected: "numbers" })] : [];
}

function isOfIntegers({ offset, partition, dims }: Access): boolean {
  if (!isAffineOfIntegers(offset) || !isAffineOfIntegers(partition.size.limit)) return false;
  if (!Number.isSafeInteger(partition.start) || !Number.isSafeInteger(partition.stride)) return false;
  return dims.every(({ stride, size }) => Number.isSafeInteger(stride) && isAffineOfIntegers(size.limit));
}

function isAffineOfIntegers(affine: Affine | undefined): boolean {
  if (affine === undefined) return true;
  return Number.isSafeInteger(affine.constant) && affine.terms.every(({ scale }) => Number.isSafeInteger(scale));
}

function numbersOfAccess(name: string, { offset, partition, dims }: Access): readonly Named[] {
  const sizes = [partition.size, ...dims.map(({ size }) => size)];
  return [
    ...numbersOf(`offset of ${name}`, offset),
    [`first partition of ${name}`, partition.start],
    [`partition stride of ${name}`, partition.stride],
    ...dims.map(({ stride }): Named => [`stride of ${name}`, stride]),
    ...sizes.flatMap(({ limit }) => numbersOf(`limit of ${name}`, limit)),
  ];
}

function numbersOf(what: string, affine: Affine | undefined): readonly Named[] {
  const all = affine === undefined ? [] : [affine.constant, ...affine.terms.map(({ scale }) => scale)];
  return all.map((value): Named => [what, value]);
}

function refuseOthers(where: string, named: readonly Named[]): readonly Problem[] {
  const odd = named.filter(([, value]) => !Number.isSafeInteger(value));
  return odd.map(([what, value]) => problem("E0636", { where, found: `the ${what} ${value}`, expected: "an integer" }));
}
