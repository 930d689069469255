// What the systolic array holds of an MX tile, what MX instructions cost, and that a machine with them has quadrants.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { instDef } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { findContradictions } from "../../../targets/neuron/machines/rules.ts";
import { cyclesOf, makeArgs, problemsOf, randomBlocks, tile, withDefaults } from "./isa-fixtures.ts";
import { element, fill } from "./isa-special-fixtures.ts";

const shipped = machineByName("trn3");
invariant(shipped !== undefined, "trn3 is shipped");
const trn3 = shipped;

test.each([1, 2, 3])("held elements are those of src times their scales, random operands %i", (seed) => {
  const operands = { src: tile("f8e4m3", 128, 24), scales: tile("u8", 128, 6) };
  const args = makeArgs(operands, { scale_row: 12 });
  const blocks = randomBlocks(args, seed);
  blocks.scales?.data.set(blocks.scales.data.map((_old, at) => 1 + ((at * 37) % 254)));
  const nan = 76 * 6 + 5;
  if (blocks.scales !== undefined) blocks.scales.data[nan] = 255;
  expect(problemsOf("load_weights_mx", args, "pe", trn3)).toEqual([]);
  const held = instDef("load_weights_mx").hold?.(blocks, withDefaults("load_weights_mx", args));
  // One scale after the other: its 8 partitions by 4 elements.
  const wanted = fill(128, 24, () => 0);
  for (let quadrant = 0; quadrant < 4; quadrant++) {
    for (let group = 0; group < 4; group++) {
      for (let j = 0; j < 6; j++) {
        const byte = element(blocks.scales, 32 * quadrant + 12 + group, j);
        for (let at = 0; at < 32; at++) {
          const [q, f] = [32 * quadrant + 8 * group + Math.floor(at / 4), 4 * j + (at % 4)];
          const x = element(blocks.src, q, f);
          wanted[q * 24 + f] = byte === 255 ? Number.NaN : Math.fround(x * 2 ** (byte - 127));
        }
      }
    }
  }
  expect(held).toEqual({ p: 128, f: 24, data: wanted });
  expect(wanted.filter(Number.isNaN).length).toBe(32);
});

test("four elements of the contraction take the time of one", () => {
  const dst = tile("f32", 128, 512, { memory: "psum" });
  const mx = makeArgs({ dst, moving: tile("f8e4m3", 128, 2048), scales: tile("u8", 128, 512) });
  const plain = makeArgs({ dst, moving: tile("bf16", 128, 512) });
  const cost = (name: "matmul" | "matmul_mx", args: typeof mx) => cyclesOf(name, args, "pe", trn3);
  expect(cost("matmul_mx", mx)).toEqual(cost("matmul", plain));
  expect(instDef("matmul_mx").flops?.(mx)).toBe(4 * (instDef("matmul").flops?.(plain) ?? 0));
  const load = makeArgs({ src: tile("f8e4m3", 128, 512), scales: tile("u8", 128, 128) });
  const plainLoad = makeArgs({ src: tile("bf16", 128, 128) });
  expect(cyclesOf("load_weights_mx", load, "pe", trn3)).toEqual(cyclesOf("load_weights", plainLoad, "pe", trn3));
});

test("making an MX format takes a quarter of a cycle for each element of a partition", () => {
  const cost = (f: number) => {
    const args = makeArgs({
      dst: tile("f8e4m3", 128, f),
      scales: tile("u8", 128, f / 4),
      src: tile("bf16", 128, f),
    });
    return cyclesOf("quantize_mx", args, "dve", trn3).issueCycles;
  };
  expect(cost(4096) - cost(2048)).toBe(2048 / trn3.dveQuantizeRate);
});

test("a machine with MX formats has quadrants of 32 partitions", () => {
  expect(findContradictions(trn3)).toEqual([]);
  expect(findContradictions({ ...trn3, partitionStartMultiple: 16 }).map(({ field }) => field)).toEqual([
    "partitionStartMultiple",
  ]);
});
