// Where buffers are on chip: side by side where they fit, else by their lives, narrow tiles of PSUM in one bank.
import { expect, test } from "vitest";
import { type BufferId, bufferId } from "../../../../ir-spec/base/ids.ts";
import { parseTileProgram } from "../../../../ir-spec/parse-tile.ts";
import type { TileProgram } from "../../../../ir-spec/tile.ts";
import { checkStream } from "../../../../targets/neuron/check/check.ts";
import { type Life, livesOf } from "../../../../targets/neuron/compile/chip-lives.ts";
import { type ChipBuffer, placeInKernel, sharingPairs } from "../../../../targets/neuron/compile/chip-places.ts";
import { compileTiles } from "../../../../targets/neuron/compile/compile.ts";
import { unwrap } from "../../passes/support.ts";
import { machineNamed } from "../check/fixtures.ts";

const buffer = (index: number, slots: number, heldBytes: number, slotBytes = heldBytes): ChipBuffer => ({
  buffer: bufferId(index),
  slots,
  heldBytes,
  slotBytes,
});
const lives = (...all: readonly (readonly [number, number])[]) => {
  const known = new Map<BufferId, Life>(all.map(([first, last], index) => [bufferId(index), { first, last }]));
  return () => known;
};
const offsets = (room: ReturnType<typeof placeInKernel>): readonly number[] => room.placed.map(({ offset }) => offset);

test("buffers that fit side by side share nothing, whatever their lives", () => {
  const room = placeInKernel([buffer(0, 2, 64), buffer(1, 1, 64)], lives([0, 1], [2, 3]), {
    capacityBytes: 192,
    bankBytes: 32,
  });
  expect(offsets(room)).toEqual([0, 128]);
  expect(sharingPairs(room)).toEqual([]);
});

test("buffers that do not fit share bytes where they live one after the other", () => {
  const buffers = [buffer(0, 2, 64), buffer(1, 1, 64), buffer(2, 1, 64)];
  const room = placeInKernel(buffers, lives([0, 1], [1, 2], [2, 3]), { capacityBytes: 192, bankBytes: 32 });
  expect(offsets(room)).toEqual([0, 128, 0]);
  expect(room.bytes).toBe(192);
  expect(sharingPairs(room)).toEqual([[bufferId(0), bufferId(2)]]);
});

test("tiles narrower than a bank share one where banks are short, and none lies in two", () => {
  const buffers = [buffer(0, 3, 100, 512), buffer(1, 1, 200, 512), buffer(2, 1, 512, 512)];
  const always = lives([0, 9], [0, 9], [0, 9]);
  const wide = placeInKernel(buffers, always, { capacityBytes: 5 * 512, bankBytes: 512 });
  expect(wide.placed.map(({ slotBytes }) => slotBytes)).toEqual([512, 512, 512]);
  const tight = placeInKernel(buffers, always, { capacityBytes: 3 * 512, bankBytes: 512 });
  expect(tight.placed.map(({ slotBytes }) => slotBytes)).toEqual([128, 256, 512]);
  expect(tight.bytes).toBeLessThanOrEqual(3 * 512);
  for (const { offset, slotBytes, slots } of tight.placed) {
    for (let slot = 0; slot < slots; slot++) {
      const first = offset + slot * slotBytes;
      expect(Math.floor(first / 512)).toBe(Math.floor((first + slotBytes - 1) / 512));
    }
  }
  expect(sharingPairs(tight)).toEqual([]);
});

/** Loads, adds, stores: `t` is done with when `u` is written, `s` is needed by both loops, `r` has two slots. */
const text = `program p
hbm x: f32[8, 8] input
hbm y: f32[8, 8] output

kernel k (all) {
  sbuf s: f32[8, 8]
  dma s[0; 8; 8:1] <- x[0, 0; 8:8; 8:1]
  for i in 0..4 {
    sbuf t: f32[8, 8]
    activation t[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
    sbuf u: f32[8, 8]
    tensor_tensor u[0; 8; 8:1] <- lhs=t[0; 8; 8:1], rhs=s[0; 8; 8:1], op=add
    sbuf v: f32[8, 8]
    activation v[0; 8; 8:1] <- u[0; 8; 8:1], func=exp
    dma y[0, 0; 8:8; 8:1] <- v[0; 8; 8:1]
  }
  for j in 0..4 {
    sbuf r: f32[8, 8] x2
    activation r[0; 8; 8:1] <- s[0; 8; 8:1], func=exp
    dma y[0, 0; 8:8; 8:1] <- r[0; 8; 8:1]
  }
}
`;

function parsed(): TileProgram {
  return unwrap(parseTileProgram({ name: "p.tile", text }));
}

test("lives count statements, an inner loop as a whole", () => {
  const program = parsed();
  const named = new Map(program.buffers.map(({ name }, index) => [name, bufferId(index)]));
  const found = livesOf(program.kernels[0]?.body ?? [], (id) => program.buffers[id]?.slots ?? 1);
  const lifeOf = (name: string): unknown => {
    const { first, last } = found.get(named.get(name) as BufferId) ?? {};
    return [first, last];
  };
  expect([..."stuvr"].map(lifeOf)).toEqual([
    [0, 6],
    [1, 2],
    [2, 3],
    [3, 4],
    [5, 6],
  ]);
});

test("in three places instead of six the program is still right, and waits where places are used again", () => {
  const tiny = machineNamed("tiny");
  const wide = unwrap(compileTiles(parsed(), { ...tiny, sbufBytesPerPartition: 6 * 32 }));
  const tight = { ...tiny, sbufBytesPerPartition: 3 * 32 };
  const stream = unwrap(compileTiles(parsed(), tight));
  expect(checkStream(stream, tight).diagnostics).toEqual([]);
  const isDone = ({ name }: { readonly name: string }): boolean => name.includes(" done");
  expect(wide.semaphores.some((sem) => isDone(sem) && !sem.name.includes("kernel"))).toBe(false);
  expect(stream.semaphores.some(isDone)).toBe(true);
  expect(compileTiles(parsed(), { ...tiny, sbufBytesPerPartition: 2 * 32 }).ok).toBe(false);
});
