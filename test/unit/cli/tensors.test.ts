// Tensor files: what is written reads back, every element type is read, and broken files are reported as such.
import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import { arrayToTensor } from "../../../src/tensors/array.ts";
import { writeNpy } from "../../../src/tensors/npy.ts";
import { bytesOf, elementsOf, npy, readNpy, readNpz, readSafetensors, safetensors, value } from "./tensor-files.ts";

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
    expect(elementsOf(value(readNpy(npy(descr, "(2,)", elements))))).toEqual(wanted);
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
  const args = refused.ok || !("misfit" in refused.error) ? {} : refused.error.misfit.args;
  expect(args).toMatchObject({ found: "i64[2] with 1099511627776 at 1" });
  expect(arrayToTensor("x", i64, wanted("f32")).ok).toBe(false);
});

test("safetensors, bf16 too", () => {
  const header = {
    __metadata__: { format: "pt" },
    w: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
    n: { dtype: "I64", shape: [], data_offsets: [4, 12] },
  };
  const elements = [...bytesOf(Uint16Array.of(0x3fc0, 0xbf80)), ...bytesOf(BigInt64Array.of(3n))];
  const arrays = value(readSafetensors(safetensors(header, Uint8Array.from(elements))));
  const read = [...arrays].map(([name, array]) => [name, value(array())] as const);
  expect(read.map(([name, array]) => [name, array.elementType, ...elementsOf(array)])).toEqual([
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
  expect(errorOf(safetensors("{", new Uint8Array(0)))).toContain("not a JSON object");
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  expect(errorOf(safetensors({ w: entry }, new Uint8Array(4)))).toContain("ends within its tensors");
  expect(errorOf(safetensors({ w: { ...entry, data_offsets: [8, 0] } }, new Uint8Array(8)))).toContain("malformed");
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

test("weights that a file does not have are reported, with what it may call them", async () => {
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

/** The first thing that is wrong with a file, or with the array that is wanted of it. */
const wrongWith = (file: ReturnType<typeof readNpz>, wanted: string): string => {
  if (!file.ok) return file.error;
  const array = file.value.get(wanted)?.();
  if (array === undefined) return "absent";
  const values = array.ok ? array.value.values() : array;
  return values.ok ? "" : values.error;
};

test("safetensors that are no partition of the file, or say a thing twice", () => {
  const entry = (start: number, end: number) => ({
    dtype: "F32",
    shape: [(end - start) / 4],
    data_offsets: [start, end],
  });
  const cases: readonly (readonly [header: unknown, bytes: number, wrong: string])[] = [
    [{ a: entry(0, 8), w: entry(8, 16) }, 16, ""],
    [{ w: entry(8, 16), a: entry(0, 8) }, 16, ""],
    [{ a: entry(0, 8), w: entry(4, 12) }, 12, "w: it overlaps the tensor before it"],
    [{ a: entry(0, 8), w: entry(0, 8) }, 8, "w: it overlaps the tensor before it"],
    [{ a: entry(0, 8), w: entry(12, 16) }, 16, "w: there are 4 B before it that belong to no tensor"],
    [{ w: entry(0, 8) }, 12, "it has 4 B after its last tensor"],
    [{ w: entry(0, 16) }, 12, "it ends within its tensors"],
    [`{"w": ${JSON.stringify(entry(0, 8))}, "\\u0077": ${JSON.stringify(entry(0, 8))}}`, 8, "its header names w twice"],
    ['{"w": {"dtype": "F32", "shape": [1], "shape": [2], "data_offsets": [0, 8]}}', 8, "its header names shape twice"],
    [{ w: { ...entry(0, 8), more: [1] } }, 8, ""],
    [{ w: { ...entry(0, 8), more: { deep: {} } } }, 8, "its header nests objects in the tensors"],
    [{ w: { ...entry(0, 8), dtype: "constructor" } }, 8, "its dtype is constructor"],
    [{ w: { ...entry(0, 8), dtype: { toString: 1 } } }, 8, "its header nests objects in the tensors"],
    [{ w: { ...entry(0, 8), dtype: null } }, 8, "its dtype is missing or no string"],
    [{ w: { ...entry(0, 8), shape: [2 ** 53] } }, 8, "its shape or data_offsets are malformed"],
    [{ w: { ...entry(0, 8), shape: [1e9, 1e9, 1e9] } }, 8, "it has not as many bytes as its shape asks for"],
    [{ w: { ...entry(0, 8), data_offsets: [0, 8, 8] } }, 8, "its shape or data_offsets are malformed"],
    ['{"__proto__": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}', 8, "absent"],
    ["[]", 0, "its header is not a JSON object"],
    ["[".repeat(100_000), 0, "its header is not a JSON object"],
    [`{"w": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 0, "its dtype is missing"],
    [`{"w": ${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, 0, "its header nests objects in the tensors"],
    [{ w: { ...entry(0, 8), dtype: "F4" } }, 8, "its dtype is F4"],
    [{ w: entry(0, 8), v: { ...entry(8, 16), dtype: "F4" } }, 16, ""],
  ];
  for (const [header, bytes, wrong] of cases) {
    const found = wrongWith(readSafetensors(safetensors(header, new Uint8Array(bytes))), "w");
    if (wrong === "") expect(found).toBe("");
    else expect(found).toContain(wrong);
  }
});

test(".npy of other versions, headers that are none, and sizes that are no numbers", () => {
  const good = npy("<f4", "(2,)", new Uint8Array(8));
  expect(readNpy(good).ok).toBe(true);
  const version = (major: number, minor: number): Uint8Array => good.with(6, major).with(7, minor);
  for (const [major, minor] of [
    [0, 0],
    [1, 1],
    [4, 0],
    [255, 255],
  ] as const) {
    expect(readNpy(version(major, minor))).toEqual({
      ok: false,
      error: `its version is ${major}.${minor}, expected 1.0, 2.0, 3.0`,
    });
  }
  expect(readNpy(version(2, 0))).toMatchObject({ ok: false, error: expect.stringContaining("its header has") });
  const shapes = ["(-1,)", "(1e3,)", "(99999999999999999999,)", "(2.5,)", "(0x10,)", "(__proto__,)", "2", "(2,", "()"];
  for (const shape of shapes) expect([shape, readNpy(npy("<f4", shape, new Uint8Array(8))).ok]).toEqual([shape, false]);
  for (const descr of ["constructor", "__proto__", "<f4\u001b[31m", ""]) {
    expect([descr, readNpy(npy(descr, "(2,)", new Uint8Array(8))).ok]).toEqual([descr, false]);
  }
  const many = npy("<f4", `(${"1000000, ".repeat(30)})`, new Uint8Array(8));
  expect(readNpy(many)).toEqual({ ok: false, error: "it has not as many bytes as its shape asks for" });
});

test("an .npz unpacks what is wanted, as far as the directory says, and checks it", () => {
  const w = npy("<f4", "(2,)", bytesOf(Float32Array.of(1, 2)));
  const packed = zipSync({ "w.npy": w, "other.npy": new Uint8Array(100) });
  const at = (name: string, zip: Uint8Array): number => {
    const text = new TextDecoder("latin1").decode(zip);
    return text.lastIndexOf(name) - 46;
  };
  const changed = (offset: number, bytes: readonly number[]): Uint8Array => {
    const copy = packed.slice();
    copy.set(bytes, at("w.npy", packed) + offset);
    return copy;
  };
  expect(wrongWith(readNpz(packed), "w")).toBe("");
  expect(wrongWith(readNpz(packed), "other")).toContain("it does not begin with");
  expect(wrongWith(readNpz(changed(16, [1, 2, 3, 4])), "w")).toContain("its bytes are damaged");
  expect(wrongWith(readNpz(changed(24, [0, 0, 0, 0x40])), "w")).toContain("not as many bytes as its shape asks for");
  expect(wrongWith(readNpz(changed(20, [0, 0, 0, 0x40])), "w")).toContain("B in the archive");
  expect(wrongWith(readNpz(changed(42, [0xff, 0xff, 0xff, 0x7f])), "w")).toContain("it ends within its entries");
  expect(wrongWith(readNpz(changed(8, [1])), "w")).toBe("it is encrypted");
  expect(wrongWith(readNpz(changed(10, [99])), "w")).toContain("packed by method 99");
  const end = packed.length - 22;
  const withEnd = (offset: number, bytes: readonly number[]): Uint8Array => {
    const copy = packed.slice();
    copy.set(bytes, end + offset);
    return copy;
  };
  expect(wrongWith(readNpz(withEnd(10, [0xfe, 0xff])), "w")).toBe("it ends within its directory");
  expect(wrongWith(readNpz(withEnd(16, [0xff, 0xff, 0xff, 0xff])), "w")).toBe("it ends within its directory");
  const twice = new TextDecoder("latin1").decode(zipSync({ "w.npy": w, "x.npy": w })).replaceAll("x.npy", "w.npy");
  const double = Uint8Array.from(twice, (sign) => sign.charCodeAt(0));
  expect(wrongWith(readNpz(double), "w")).toBe("it has two entries w.npy");
  expect(wrongWith(readNpz(zipSync({ w, "w.npy": w })), "w")).toBe("it has two arrays w");
});
