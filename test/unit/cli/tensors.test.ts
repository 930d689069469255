// Tensor files: what is written reads back, every element type is read, and broken files are told as such.
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import { arrayToTensor } from "../../../src/cli/tensors/array.ts";
import { readNpy, writeNpy } from "../../../src/cli/tensors/npy.ts";
import { readSafetensors } from "../../../src/cli/tensors/safetensors.ts";

const value = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

for (const dtype of dtypeNames) {
  test(`.npy of ${dtype} reads back, whatever the rank`, () => {
    for (const shape of [[], [3], [2, 3], [1, 2, 1, 4]]) {
      const tensor = makeRandomTensor({ dtype, shape }, 1, "x");
      const bytes = writeNpy(tensor);
      const header = new TextDecoder("latin1").decode(bytes.subarray(0, 128));
      expect((bytes.length - tensor.data.length * (header.includes("|") ? 1 : 4)) % 64).toBe(0);
      expect(value(arrayToTensor("x", value(readNpy(bytes)), tensor))).toEqual(tensor);
    }
  });
}

/** A .npy as NumPy writes it. */
const npy = (descr: string, shape: string, elements: Uint8Array, order = "False"): Uint8Array => {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const head = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, text.length & 0xff, text.length >> 8];
  return Uint8Array.from([...head, ...new TextEncoder().encode(text), ...elements]);
};
const bytesOf = (array: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(array.buffer);

test("NumPy's element types", () => {
  const cases: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
    ["<f8", bytesOf(Float64Array.of(1.5, -0.1)), [1.5, -0.1]],
    ["<f4", bytesOf(Float32Array.of(1.5, -2)), [1.5, -2]],
    ["<f2", bytesOf(Uint16Array.of(0x3e00, 0xfc00)), [1.5, Number.NEGATIVE_INFINITY]],
    ["<i8", bytesOf(BigInt64Array.of(-5n, 7n)), [-5, 7]],
    ["<i4", bytesOf(Int32Array.of(-5, 7)), [-5, 7]],
    ["|u1", Uint8Array.of(5, 200), [5, 200]],
    ["|b1", Uint8Array.of(0, 1), [0, 1]],
  ];
  for (const [descr, elements, wanted] of cases) {
    expect([...value(readNpy(npy(descr, "(2,)", elements))).data]).toEqual(wanted);
  }
});

test("broken .npy files", () => {
  const errorOf = (bytes: Uint8Array) => {
    const read = readNpy(bytes);
    return read.ok ? "" : read.error;
  };
  expect(errorOf(new Uint8Array(3))).toContain("does not begin");
  expect(errorOf(npy("<c16", "(2,)", new Uint8Array(32)))).toContain("its elements are <c16");
  expect(errorOf(npy("<f4", "(2, 2)", new Uint8Array(16), "True"))).toContain("Fortran");
  expect(errorOf(npy("<f4", "(3,)", new Uint8Array(8)))).toContain("not as many bytes");
});

test("floats are rounded, integers must fit, kinds are not mixed", () => {
  const wanted = (dtype: "bf16" | "i32" | "bool" | "f32") => ({ dtype, shape: [2] });
  const f64 = value(readNpy(npy("<f8", "(2,)", bytesOf(Float64Array.of(1.001, 2)))));
  expect([...value(arrayToTensor("x", f64, wanted("bf16"))).data]).toEqual([1, 2]);
  expect(arrayToTensor("x", f64, wanted("i32")).ok).toBe(false);
  const i64 = value(readNpy(npy("<i8", "(2,)", bytesOf(BigInt64Array.of(1n, 2n ** 40n)))));
  const refused = arrayToTensor("x", i64, wanted("i32"));
  expect(refused.ok ? "" : refused.error[0]?.args.found).toBe("i64[2] with 1099511627776 at 1");
  expect(arrayToTensor("x", i64, wanted("f32")).ok).toBe(false);
});

/** A safetensors file of a header and its elements. */
const safetensors = (header: unknown, elements: Uint8Array): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...length, ...text, ...elements]);
};

test("safetensors, bf16 too", () => {
  const header = {
    __metadata__: { format: "pt" },
    w: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
    n: { dtype: "I64", shape: [], data_offsets: [4, 12] },
  };
  const elements = [...bytesOf(Uint16Array.of(0x3fc0, 0xbf80)), ...bytesOf(BigInt64Array.of(3n))];
  const arrays = value(readSafetensors(safetensors(header, Uint8Array.from(elements))));
  expect([...arrays].map(([name, array]) => [name, array.elementType, ...array.data])).toEqual([
    ["w", "bf16", 1.5, -1],
    ["n", "i64", 3],
  ]);
});

test("broken safetensors", () => {
  const errorOf = (bytes: Uint8Array) => {
    const read = readSafetensors(bytes);
    return read.ok ? "" : read.error;
  };
  expect(errorOf(new Uint8Array(4))).toContain("ends within its header");
  expect(errorOf(safetensors("{", new Uint8Array(0)))).toContain("not JSON");
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  expect(errorOf(safetensors({ w: entry }, new Uint8Array(4)))).toContain("malformed");
  expect(errorOf(safetensors({ w: { ...entry, dtype: "F4" } }, new Uint8Array(8)))).toContain("its dtype is F4");
  expect(errorOf(safetensors({ w: { ...entry, shape: [3] } }, new Uint8Array(8)))).toContain("not as many bytes");
});

test("an .npz is a zip of .npy files", async () => {
  const { makeFolder, smallProgram } = await import("./run-in-folder.ts");
  const folder = makeFolder();
  const w = makeRandomTensor({ dtype: "f32", shape: [8, 2] }, 5, "w");
  const b = makeRandomTensor({ dtype: "f32", shape: [2] }, 5, "b");
  folder.write("small.tg", smallProgram);
  folder.write("w.npz", zipSync({ "w.npy": writeNpy(w), "b.npy": writeNpy(b), "other.npy": writeNpy(b) }));
  const { log } = await folder.run("run", "small.tg", "--on", "ref", "--weights", "w.npz");
  expect(log).toBe("note: random values (seed 0) for x\n");
  folder.write("no.npz", "no zip");
  expect((await folder.run("run", "small.tg", "--on", "ref", "--weights", "no.npz")).log).toContain(
    "it is no zip file",
  );
  folder.remove();
});

test("weights that a file does not have are told, with what it may call them", async () => {
  const { makeFolder, smallProgram } = await import("./run-in-folder.ts");
  const folder = makeFolder();
  const tensor = (shape: readonly number[]) => writeNpy(makeRandomTensor({ dtype: "f32", shape }, 1, "w"));
  folder.write("small.tg", smallProgram);
  folder.write("lacking.npz", zipSync({ "w.npy": tensor([8, 2]) }));
  folder.write("near.npz", zipSync({ "w.npy": tensor([8, 2]), "B.npy": tensor([2]) }));
  const ran = await folder.run("run", "small.tg", "--on", "ref", "--weights", "lacking.npz");
  expect([ran.exitCode, ran.log]).toEqual([
    0,
    "note: lacking.npz has no tensor for weight b\nnote: random values (seed 0) for x, b\n",
  ]);
  const near = await folder.run("run", "small.tg", "--on", "ref", "--weights", "near.npz");
  expect(near.log).toContain("note: near.npz has no tensor for weight b, but one called B\n");
  folder.remove();
});
