// Files that a test makes for its run. Those with a text are written as they are; the others say in words how they are made:
//
//     // FILE large.tg: text "// a line\n" 1000000 times      one text over and over
//     // FILE w.npy: array f32[8, 2]                          the elements 0, 1, 2, ...
//     // FILE a.bin: image with byte 8 = 2, sealed            this test's stream as an image, then changed
//     // FILE a.json: machine tiny without peRows, dmaQueues  a whole machine file that lacks some fields

import { dirname, isAbsolute, join, normalize } from "node:path";
import { isDtype } from "../../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Source } from "../../../ir-spec/base/span.ts";
import { parseStream } from "../../../targets/neuron/asm/parse-stream.ts";
import { encodeNormal } from "../../../targets/neuron/encode/encode.ts";
import { sealImage } from "../../../targets/neuron/encode/header.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { writeMachine } from "../../../targets/neuron/machines/write.ts";
import type { MadeFile } from "../../suite/test-file.ts";
import { writeNpy } from "../../tensors/npy.ts";
import { makeFolder, writeWhole } from "../write-files.ts";

type Made = Result<string | Uint8Array, string>;
type Maker = (words: string, test: Source) => Made;

const makers: Readonly<Record<string, Maker>> = {
  text: makeText,
  array: makeArray,
  image: makeImage,
  machine: makeMachine,
};

/** Assumed: no test needs a larger file (B). */
const maxMadeBytes = 2 ** 26;

/** Writes the files of a test into a folder, and says what is wrong with those that it cannot make. */
export function makeFiles(files: readonly MadeFile[], folder: string, test: Source): readonly Diagnostic[] {
  return files.flatMap((file) => {
    const made = isInside(file.name) ? makeFile(file, test) : fail("expected a name in this folder or below");
    const why = made.ok ? whyNotWritten(join(folder, file.name), made.value) : made.error;
    return why === undefined ? [] : [at(problem("E1420", { directive: `FILE ${file.name}`, why }), file.span)];
  });
}

/** Writes a file and the folders that it is in; gives the reason where it cannot. */
function whyNotWritten(path: string, content: string | Uint8Array): string | undefined {
  const made = makeFolder("", dirname(path));
  return made.ok ? writeWhole(path, content) : String(made.error[0]?.args.why);
}

/** Nothing is written elsewhere, whatever a test says. */
function isInside(name: string): boolean {
  return !/^$|\0/.test(name) && !isAbsolute(name) && !normalize(name).split(/[\\/]/).includes("..");
}

function makeFile({ content }: MadeFile, test: Source): Made {
  if (content.kind === "text") return ok(content.text);
  const [, name = "", words = ""] = /^(\w+)\s*(.*)$/.exec(content.words) ?? [];
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined;
  return maker === undefined ? fail(`expected one of ${Object.keys(makers).join(", ")}`) : maker(words, test);
}

function makeText(words: string): Made {
  const [, quoted, count] = /^"((?:[^"\\]|\\.)*)" (\d{1,9}) times$/.exec(words) ?? [];
  if (quoted === undefined) return fail('expected `text "..." <count> times`');
  const signs: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
  const line = quoted.replace(/\\(.)/g, (_all, sign: string) => signs[sign] ?? sign);
  if (line.length * Number(count) > maxMadeBytes) return fail(`expected at most ${maxMadeBytes} characters`);
  return ok(line.repeat(Number(count)));
}

function makeArray(words: string): Made {
  const [, dtype = "", sizes = ""] = /^(\w+)\[((?:\d{1,9}(?:, *\d{1,9})*)?)\]$/.exec(words) ?? [];
  if (!isDtype(dtype)) return fail("expected `array f32[8, 2]`");
  const shape = sizes === "" ? [] : sizes.split(",").map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > maxMadeBytes / 8) return fail(`expected at most ${maxMadeBytes / 8} elements`);
  return ok(writeNpy({ dtype, shape, data: Float64Array.from({ length: count }, (_unused, index) => index) }));
}

/** Stands for the machine's own fingerprint, which changes with each new field of machines. */
const someFingerprint = "0123456789abcdef";

function makeImage(words: string, test: Source): Made {
  const stream = parseStream(test);
  const encoded = stream.ok ? encodeNormal(stream.value, someFingerprint) : stream;
  if (!encoded.ok) return fail("this test is no instruction stream that fits an image");
  let bytes = encoded.value;
  for (const change of words === "" ? [] : words.replace(/^with /, "").split(/, */)) {
    const changed = changeImage(bytes, change);
    if (changed === undefined) return fail("expected `byte 8 = 2`, `first 300 bytes` or `sealed`");
    bytes = changed;
  }
  return ok(bytes);
}

/** `sealed` gives an image that was changed the right checksum again. */
function changeImage(bytes: Uint8Array, change: string): Uint8Array | undefined {
  if (change === "sealed") return sealImage(bytes);
  const [, count] = /^first (\d+) bytes$/.exec(change) ?? [];
  if (count !== undefined) return bytes.subarray(0, Number(count));
  const [, offset, value] = /^byte (\d+) = (\d{1,3})$/.exec(change) ?? [];
  if (offset === undefined || Number(offset) >= bytes.length) return undefined;
  return bytes.with(Number(offset), Number(value));
}

/** All other machine files are written with `extends`. */
function makeMachine(words: string): Made {
  const [, name = "", list = ""] = /^(\S+) without (.+)$/.exec(words) ?? [];
  const machine = machineByName(name);
  if (machine === undefined) return fail("expected `machine <name> without <field>, ...`, with a machine that ships");
  const lacking = list.split(/, */);
  const text = writeMachine(machine, { name: `${name}-cut`, summary: "a machine that lacks some fields" });
  const { fields, ...head } = JSON.parse(text) as { readonly fields: Readonly<Record<string, unknown>> };
  const kept = Object.entries(fields).filter(([field]) => !lacking.includes(field));
  return ok(`${JSON.stringify({ ...head, fields: Object.fromEntries(kept) }, null, 2)}\n`);
}
