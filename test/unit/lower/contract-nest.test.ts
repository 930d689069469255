// The loop nest of a contraction: under any tiling its tiles cover every element of the product exactly once, and what a
// place says of the elements inside it is what the loops inside it go through.
import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, evalAffine, evalExtent } from "../../../ir-spec/affine.ts";
import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { type ContractSchedule, contractFields } from "../../../passes/lower/contract/fields.ts";
import {
  type Dim,
  elementsInside,
  firstTile,
  makeNest,
  type Nest,
  type NestIndex,
  startOfNest,
  tileElements,
  tilesInside,
  tileTrips,
  tripsOf,
  withIndex,
} from "../../../passes/lower/contract/nest.ts";
import { makeRandom } from "../../../src/find/fuzz/random-choices.ts";
import { pickSchedule } from "../../../src/find/fuzz/random-schedule.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";

const dims: readonly Dim[] = ["s", "v", "k"];

/** Nests of random sizes and schedules on the small machine. */
const nests: fc.Arbitrary<Nest> = fc
  .record({
    m: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 1, max: 40 }),
    k: fc.integer({ min: 1, max: 40 }),
  })
  .chain((sizes) => fc.nat().map((seed) => nestOf(sizes, seed)));

function nestOf(sizes: { readonly m: number; readonly n: number; readonly k: number }, seed: number): Nest {
  const machine = machineByName("tiny");
  const { fields } = pickSchedule(makeRandom(seed), ["contract"]).kernels[0] ?? { fields: {} };
  const schedule: ContractSchedule = completeAttrs(contractFields, fields);
  if (machine === undefined) throw new Error("no machine tiny");
  return makeNest(sizes, schedule, machine);
}

interface Visit {
  readonly position: number;
  readonly index: NestIndex;
}

/** Runs the nest: calls `visit` at every place, with the indices as numbers. */
function runNest(nest: Nest, visit: (place: Visit) => void): void {
  const enter = (position: number, index: NestIndex): void => {
    visit({ position, index });
    const loop = nest.loops[position];
    if (loop === undefined) return;
    const trips = evalExtent(tripsOf(nest, loop, index.block[loop.dim]), []);
    for (let at = 0; at < trips; at++) enter(position + 1, withIndex(index, loop, constant(at)));
  };
  enter(0, startOfNest);
}

function tileAt(nest: Nest, dim: Dim, index: NestIndex): number {
  return evalAffine(firstTile(nest, dim, index), []);
}

/** Elements of a dimension's tile: first and count. */
function elementsAt(nest: Nest, dim: Dim, tile: number): readonly [first: number, count: number] {
  return [tile * nest.dims[dim].tile, evalExtent(tileElements(nest, dim, constant(tile)), [])];
}

test("every element of the product is visited exactly once", () => {
  fc.assert(
    fc.property(nests, (nest) => {
      const seen = new Set<string>();
      let count = 0;
      runNest(nest, ({ position, index }) => {
        if (position < nest.loops.length) return;
        const tiles = dims.map((dim) => tileAt(nest, dim, index));
        seen.add(tiles.join());
        count += dims.reduce((product, dim, at) => product * elementsAt(nest, dim, tiles[at] as number)[1], 1);
      });
      expect(seen.size).toBe(dims.reduce((product, dim) => product * nest.dims[dim].tiles, 1));
      expect(count).toBe(dims.reduce((product, dim) => product * nest.dims[dim].size, 1));
      for (const dim of dims) {
        const [first, elements] = elementsAt(nest, dim, nest.dims[dim].tiles - 1);
        expect(first + elements).toBe(nest.dims[dim].size);
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("what lies inside a place is what the loops inside of it visit", () => {
  fc.assert(
    fc.property(nests, fc.nat({ max: 6 }), (nest, position) => {
      const open = new Map<string, Map<Dim, Set<number>>>();
      const placeKey = (index: NestIndex): string =>
        nest.loops
          .slice(0, position)
          .map(({ dim, level }) => evalAffine(index[level][dim], []))
          .join();
      const starts = new Map<string, NestIndex>();
      runNest(nest, (place) => {
        if (place.position === position) starts.set(placeKey(place.index), place.index);
        if (place.position < nest.loops.length) return;
        const key = placeKey(place.index);
        const tiles = open.get(key) ?? new Map(dims.map((dim) => [dim, new Set<number>()]));
        for (const dim of dims) tiles.get(dim)?.add(tileAt(nest, dim, place.index));
        open.set(key, tiles);
      });
      for (const [key, index] of starts) {
        for (const dim of dims) {
          const tiles = [...(open.get(key)?.get(dim) ?? [])];
          const elements = tiles.reduce((sum, tile) => sum + elementsAt(nest, dim, tile)[1], 0);
          expect(evalExtent(tileTrips(nest, dim, position, index), [])).toBe(tiles.length);
          expect(evalExtent(elementsInside(nest, dim, position, index), [])).toBe(elements);
          expect(Math.min(...tiles)).toBe(tileAt(nest, dim, index));
          expect(tiles.length).toBeLessThanOrEqual(tilesInside(nest, dim, position));
        }
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("tiles are cut to what the array and a PSUM bank hold", () => {
  const nest = nestOf({ m: 40, n: 40, k: 40 }, 0);
  const machine = machineByName("tiny");
  expect(nest.dims.s.tile).toBeLessThanOrEqual(machine?.peColumns ?? 0);
  expect(nest.dims.v.tile).toBeLessThanOrEqual(machine?.peMovingColumns ?? 0);
  expect(nest.dims.k.tile).toBeLessThanOrEqual(machine?.peRows ?? 0);
});
