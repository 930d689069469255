// Outputs in each format of files, read back: the values of every dtype, and the command's choice by the name that `--out` gives.
import { expect, test } from "vitest";
import { type Dtype, dtypeNames, roundTo } from "../../../ir-spec/base/dtype.ts";
import { type Tensor, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { OutFile } from "../../../src/cli/outcome.ts";
import { outputFiles } from "../../../src/cli/tensors/write.ts";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { noExternal } from "../../../src/import/onnx/read-tensor.ts";
import { arrayToTensor } from "../../../src/tensors/array.ts";
import { readArray } from "../../../src/tensors/formats.ts";
import { makeFolder, smallProgram } from "./run-in-folder.ts";

const special = [0, -0, 1.1, -3.75, 300, 1e-7, Number.POSITIVE_INFINITY, Number.NaN];

function tensorOf(dtype: Dtype): Tensor {
  const isFloat = dtype.startsWith("f") || dtype === "bf16";
  const data = isFloat ? special : [0, 1, 2, 3, 100, 127, 5, 6];
  return { dtype, shape: [2, 4], data: Float64Array.from(data, (x) => roundTo(dtype, x)) };
}

function bytesOf({ content }: OutFile): Uint8Array {
  if (typeof content === "string") return new TextEncoder().encode(content);
  if (content instanceof Uint8Array) return content;
  return Uint8Array.from([...content.pieces()].flatMap((piece) => [...piece]));
}

test.each([
  ["out.npz", dtypeNames],
  ["out.safetensors", dtypeNames],
  ...dtypeNames.flatMap((dtype) => ["y.pb", "y.npy"].map((file) => [file, [dtype]] as const)),
] as const)("%s gives back the values of %s", (file, dtypes) => {
  const outputs = new Map(dtypes.map((dtype) => [`${dtype}_y`, tensorOf(dtype)]));
  const files = outputFiles(".", file, outputs);
  if (!files.ok) throw new Error(JSON.stringify(files.error));
  expect(files.value.map(({ path }) => path)).toEqual([file]);
  const source = bytesAsSource(bytesOf(files.value[0] as OutFile));
  for (const [name, tensor] of outputs) {
    const array = readArray(file, { source, external: noExternal }, { name, isNamed: false });
    if (!array.ok) throw new Error(array.error);
    const read = arrayToTensor(name, array.value, tensor);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    expect(typesEqual(read.value, tensor)).toBe(true);
    expect(read.value.data, `${file} ${name}`).toEqual(tensor.data);
  }
});

test("the name says the format, a file of one tensor takes one output, and each file is an input again", async () => {
  const folder = makeFolder();
  folder.write("small.tg", smallProgram);
  folder.write("two.tg", "graph g(x: f32[2]) -> (y: f32[2], z: f32[2]) {\n  y = x + 1\n  z = x * 2\n}\n");
  folder.write("one.tg", "graph g(y: f32[2]) -> (z: f32[2]) {\n  z = y * 2\n}\n");
  const run = (...words: string[]) => folder.run("run", ...words, "--on", "ref", "--json");
  const refused = await folder.run("run", "two.tg", "--on", "ref", "--out", "y.pb");
  expect(refused.log).toContain("error[E1560]: y.pb holds one tensor, and the program has 2 outputs");
  const outputOf = (text: string): unknown => JSON.parse(text).outputs;
  expect((await run("two.tg", "--out", "many")).exitCode).toBe(0);
  const expected = outputOf((await run("one.tg", "--input", "y=many/y.npy")).out);
  for (const file of ["all.npz", "all.safetensors"]) {
    expect((await run("two.tg", "--out", file)).exitCode).toBe(0);
    expect(outputOf((await run("one.tg", "--input", `y=${file}`)).out)).toEqual(expected);
  }
  await run("one.tg", "--input", "y=many/y.npy", "--out", "z.pb");
  await run("one.tg", "--input", "y=many/y.npy", "--out", "z.npy");
  const [pb, npy] = [await run("one.tg", "--input", "y=z.pb"), await run("one.tg", "--input", "y=z.npy")];
  expect(outputOf(pb.out)).toEqual(outputOf(npy.out));
  folder.remove();
});
