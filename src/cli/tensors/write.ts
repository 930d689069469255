// Outputs of a run as files, in the format that the name given with `--out` says: a folder of .npy, or one file.

import { zipSync } from "fflate";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { writeTensorFile } from "../../import/onnx/proto/write-tensor.ts";
import { elementPieces } from "../../import/write/elements.ts";
import { safetensorsPieces } from "../../import/write/safetensors.ts";
import { formatOf } from "../../tensors/formats.ts";
import { writeNpy } from "../../tensors/npy.ts";
import type { OutFile } from "../outcome.ts";
import { fileNameOf, makeFolder } from "../write-files.ts";

type Outputs = ReadonlyMap<string, Tensor>;

/** Endings of files that hold one tensor. */
const single: ReadonlyMap<string, (name: string, tensor: Tensor) => OutFile["content"]> = new Map([
  ["npy", (_name: string, tensor: Tensor) => writeNpy(tensor)],
  ["pb", writeTensorFile],
]);

/** Endings of files that hold several by name. */
const several: ReadonlyMap<string, (outputs: Outputs) => OutFile["content"]> = new Map([
  ["npz", writeNpz],
  ["safetensors", (outputs: Outputs): OutFile["content"] => ({ pieces: () => safetensorsPieces(written(outputs)) })],
]);

/** The files for the outputs of a run; the folder that they go into is made. */
export function outputFiles(cwd: string, out: string, outputs: Outputs): Result<readonly OutFile[]> {
  const writeOne = single.get(formatOf(out));
  const writeAll = several.get(formatOf(out));
  const [first, ...more] = outputs;
  if (writeAll !== undefined) return ok([{ path: out, content: writeAll(outputs) }]);
  if (writeOne !== undefined && (first === undefined || more.length > 0)) {
    return fail([at(problem("E1560", { file: out, found: outputs.size }), undefined)]);
  }
  if (writeOne !== undefined && first !== undefined) return ok([{ path: out, content: writeOne(...first) }]);
  const folder = makeFolder(cwd, out);
  if (!folder.ok) return folder;
  return ok(
    [...outputs].map(([name, tensor]) => ({ path: `${out}/${fileNameOf(name)}.npy`, content: writeNpy(tensor) })),
  );
}

function written(outputs: Outputs) {
  return [...outputs].map(([name, { dtype, shape, data }]) => ({
    ...{ name, dtype, shape },
    pieces: () => elementPieces(dtype, data),
  }));
}

/** As NumPy's `savez` writes it: not packed. The time of an entry is the first that a zip archive can say. */
function writeNpz(outputs: Outputs): Uint8Array {
  const entries = [...outputs].map(([name, tensor]) => [`${fileNameOf(name)}.npy`, writeNpy(tensor)] as const);
  return zipSync(Object.fromEntries(entries), { level: 0, mtime: new Date(1980, 0, 1) });
}
