// Files of ONNX models: tensors, external data beside a model, and folders of cases.

import { readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { sourcePart } from "../../import/byte-source.ts";
import { type OnnxTensor, type ReadExternal, readTensorFile } from "../../import/onnx/read-tensor.ts";
import { openFile } from "../files.ts";
import { placeToRead } from "../place.ts";
import { whyOf } from "../system-words.ts";

/** Protobuf's own limit (B). */
export const maxModelBytes = 2 ** 31 - 1;

/** Reads a file of one tensor. */
export function readTensorAt(cwd: string, file: string): Result<OnnxTensor> {
  const source = openFile(cwd, file);
  if (!source.ok) return source;
  const tensor = readTensorFile(source.value, externalBeside(cwd, file));
  return tensor.ok ? tensor : fail([at(problem("E1505", { file, why: tensor.error }), undefined)]);
}

/** Reads parts of files in the folder of a model, and of none that a name or a link of the model leads to elsewhere. */
export function externalBeside(cwd: string, file: string): ReadExternal {
  const folder = dirname(placeToRead(cwd, file));
  return (path, offset, length) => {
    const inside = pathInside(folder, path);
    if (!inside.ok) return inside;
    const source = openFile(folder, inside.value);
    if (!source.ok) return fail(`its data are in ${path}, which cannot be opened`);
    const end = offset + length;
    if (end > source.value.byteLength)
      return fail(`its data end at ${end} B of ${path}, which has ${source.value.byteLength}`);
    return ok(sourcePart(source.value, offset, end));
  };
}

function pathInside(folder: string, path: string): Result<string, string> {
  try {
    const real = realpathSync(resolve(folder, path));
    const isInside = real.startsWith(realpathSync(folder) + sep);
    return isInside ? ok(real) : fail(`its data are in ${path}, outside of the model's folder`);
  } catch (error) {
    return fail(`its data are in ${path}: ${whyOf(error)}`);
  }
}

/** The files of a folder of test data that are called `input_0.pb` or `output_0.pb`, in order. */
export function dataFiles(folder: string, what: "input" | "output"): readonly string[] {
  const form = new RegExp(`^${what}_(\\d{1,6})\\.pb$`);
  const numberOf = (name: string): number => Number(form.exec(name)?.[1]);
  return readdirSync(folder)
    .filter((name) => form.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => join(folder, name));
}

/** The folders of cases: the folder itself, or those in it. */
export function findCases(cwd: string, folder: string): Result<readonly string[]> {
  try {
    const place = placeToRead(cwd, folder);
    const isCase = (path: string): boolean =>
      statSync(join(path, "model.onnx"), { throwIfNoEntry: false })?.isFile() === true;
    const inside = readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = inside.map(({ name }) => name).sort();
    const found = isCase(place) ? [place] : names.map((name) => join(place, name)).filter(isCase);
    return found.length > 0
      ? ok(found)
      : fail([at(problem("E1506", { folder, expected: "case with a model.onnx" }), undefined)]);
  } catch (error) {
    return fail([at(problem("E1301", { file: folder, why: whyOf(error) }), undefined)]);
  }
}
