// Mutants of a correct stream are reported, or harmless: then no interleaving of the queues changes the outputs.
import { describe, expect, test } from "vitest";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { type Mutant, type MutationKind, mutantsOf, sampleMutants } from "../../../property/mutations.ts";
import { machineNamed, type ProductSizes, productStream, smallProduct } from "./fixtures.ts";
import { fingerprint } from "./timing.ts";

const tiny = machineNamed("tiny");
const interleavings = 6;

/** Fingerprints of the outputs under several interleavings, each once. */
function fingerprints({ stream }: Mutant, seed: number): ReadonlySet<number | undefined> {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return new Set(Array.from({ length: interleavings }, () => fingerprint(stream, random)));
}

const sizes: readonly (readonly [string, ProductSizes])[] = [
  ["rings of one slot", { ...smallProduct, slots: 1 }],
  ["rings of two slots", smallProduct],
  ["rings of three slots", { ...smallProduct, n: 64, slots: 3 }],
];

describe.each(sizes)("%s", (_name, size) => {
  const stream = productStream(size);
  const control: Mutant = { kind: "remove-token", name: "control", stream };
  const survivors = (kinds: readonly MutationKind[]) =>
    mutantsOf(stream, kinds).filter((mutant) => checkStream(mutant.stream, tiny).ok);

  test("the stream itself passes, and does not depend on timing", () => {
    expect(checkStream(stream, tiny).diagnostics).toEqual([]);
    expect(fingerprints(control, 1).size).toBe(1);
  });
  test("no token can be removed", () => {
    expect(survivors(["remove-token"]).map(({ name }) => name)).toEqual([]);
  });
  test("no instruction can be moved to another queue", () => {
    expect(mutantsOf(stream, ["swap-queue"]).length).toBeGreaterThan(0);
    expect(survivors(["swap-queue"]).map(({ name }) => name)).toEqual([]);
  });
  test("no address can be shifted and no size be grown", () => {
    expect(survivors(["shift-address", "grow-size"]).map(({ name }) => name)).toEqual([]);
  });
  test("what passes gives the same outputs at any timing", () => {
    const [expected] = fingerprints(control, 1);
    for (const mutant of survivors(["double-token", "move-token"])) {
      expect({ name: mutant.name, found: [...fingerprints(mutant, 2)] }).toEqual({
        name: mutant.name,
        found: [expected],
      });
    }
  });
  test("no accumulate flag can be changed", () => {
    const codes = mutantsOf(stream, ["flip-accumulate"]).map(({ name, stream: mutant }) => [
      name.split(" ")[1],
      checkStream(mutant, tiny).diagnostics[0]?.code,
    ]);
    // With a slot of its own the second sum is never started; in the same slot it continues from the first.
    const [restarted, goesOn] = size.slots === 1 ? ["E0833", "E0834"] : ["E0830", "E0830"];
    expect(codes).toEqual([
      ["accumulate=true", "E0830"],
      ["accumulate=false", "E0833"],
      ["accumulate=notFirst(0)", "E0833"],
      ["accumulate=notFirst(1)", restarted],
      ["accumulate=notFirst(0,1,2)", goesOn],
    ]);
  });
});

test("streams whose interleavings differ are always reported", () => {
  const stream = productStream(smallProduct);
  const differing = mutantsOf(stream, ["remove-token", "double-token", "move-token"]).filter(
    (mutant) => fingerprints(mutant, 3).size > 1,
  );
  expect(differing.length).toBeGreaterThan(5);
  expect(differing.filter((mutant) => checkStream(mutant.stream, tiny).ok).map(({ name }) => name)).toEqual([]);
});

test("a sample of mutants depends on the seed alone", () => {
  const stream = productStream(smallProduct);
  const names = (seed: number) => sampleMutants(stream, seed, 10).map(({ name }) => name);
  expect(names(7)).toEqual(names(7));
  expect(names(7)).not.toEqual(names(8));
  expect(new Set(names(7)).size).toBe(10);
});

test("a product of 4096 cubed on trn2 is checked as it is", () => {
  const tile = { m: 128, n: 512, k: 128 };
  const stream = productStream({ machine: "trn2", m: 4096, n: 4096, k: 4096, tile, slots: 4 });
  expect(checkStream(stream, machineNamed("trn2"))).toMatchObject({ ok: true, executedInstructions: 100864 });
});
