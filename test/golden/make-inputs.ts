// Makes the input files that a golden case asks for with a line `WITH name: <what>`. Each kind of input has one maker,
// which reads the words after its own name:
//
//     machine tiny with semaphores=1, psumBanks.source="guess"   a machine file with some fields changed
//     machine tiny without semaphores, psumBanks                 one that lacks some fields
//     image with byte 8 = 2, sealed                              the case's assembler text as an image, then changed
//     text "// a line\n" 1000000 times                           one text over and over
//     arrays w: f32[8, 2], b: f32[2]                             tensors with the elements 0, 1, 2, ...; .npy or .npz
import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { isDtype } from "../../ir-spec/base/dtype.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { writeNpy } from "../../src/cli/tensors/npy.ts";
import { parseStream } from "../../targets/neuron/asm/parse-stream.ts";
import { encodeNormal } from "../../targets/neuron/encode/encode.ts";
import { sealImage } from "../../targets/neuron/encode/header.ts";

/** What a maker may look at besides its words. */
export interface InputPlace {
  /** The file's name. */
  readonly name: string;
  /** The text of the case. */
  readonly caseText: string;
}

type Maker = (words: string, place: InputPlace) => string | Uint8Array;

const makers: Readonly<Record<string, Maker>> = { machine, image, text, arrays };

/** Makes one file; throws at words that no maker understands. */
export const makeInput = (what: string, place: InputPlace): string | Uint8Array => {
  const [, name = "", words = ""] = /^(\w+) ?(.*)$/.exec(what) ?? [];
  const maker = makers[name];
  invariant(maker !== undefined, `${what}: expected one of ${Object.keys(makers).join(", ")}`);
  return maker(words, place);
};

/** The words in their parts, or an error that shows the form. */
const match = (pattern: RegExp, words: string, form: string): readonly string[] => {
  const found = pattern.exec(words);
  invariant(found !== null, `${words}: expected ${form}`);
  return found.slice(1).map((part) => part ?? "");
};

interface MachineField {
  readonly value: number;
  readonly source: string;
}

/**
 * The changed fields come first, so that their lines stay the same when machines get new fields. The machine is called like
 * its file: the hash of a copy that keeps a shipped name would change with each new field.
 */
function machine(words: string, { name: fileName }: InputPlace): string {
  const form = "machine <name> with <field>=<value>, ..., or without <field>, ...";
  const [name = "", word, changes = ""] = match(/^(\w+) (with|without) (.+)$/, words, form);
  const path = new URL(`../../targets/neuron/machines/${name}.json`, import.meta.url);
  const { fields, ...head } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly fields: Readonly<Record<string, MachineField>>;
  };
  const changed: Record<string, MachineField> = {};
  const parts = changes.split(/, */);
  const dropped = new Set(word === "without" ? parts : []);
  for (const change of word === "with" ? parts : []) {
    const [field = "", part, value = ""] = match(/^(\w+)(?:\.(source))?=(.+)$/, change, "<field>=<value>");
    const before = changed[field] ?? fields[field];
    invariant(before !== undefined, `${name} has no field ${field}`);
    changed[field] = { ...before, [part || "value"]: JSON.parse(value) as unknown };
  }
  const kept = Object.entries({ ...changed, ...fields, ...changed }).filter(([field]) => !dropped.has(field));
  const lines = kept.map(([field, row]) => `    "${field}": ${JSON.stringify(row)}`);
  const named = { ...head, name: fileName.replace(/\.json$/, "") };
  return `${JSON.stringify({ ...named, fields: {} }, null, 2).replace("{}", `{\n${lines.join(",\n")}\n  }`)}\n`;
}

/** Stands for the machine's own fingerprint, which changes with each new field of machines. */
const someFingerprint = "0123456789abcdef";

function image(words: string, { name, caseText }: InputPlace): Uint8Array {
  const stream = parseStream({ name, text: caseText });
  invariant(stream.ok, "the case is assembler text");
  const encoded = encodeNormal(stream.value, someFingerprint);
  invariant(encoded.ok, "the stream fits an image");
  const changes = words === "" ? [] : words.replace(/^with /, "").split(/, */);
  return changes.reduce(changeImage, encoded.value);
}

/** `byte 8 = 2`, `first 300 bytes`, or `sealed`: with the right checksum again. */
function changeImage(bytes: Uint8Array, change: string): Uint8Array {
  if (change === "sealed") return sealImage(bytes);
  const [, count] = /^first (\d+) bytes$/.exec(change) ?? [];
  if (count !== undefined) return bytes.subarray(0, Number(count));
  const [offset, value] = match(/^byte (\d+) = (\d+)$/, change, "byte <offset> = <number>");
  return bytes.with(Number(offset), Number(value));
}

function text(words: string): string {
  const [line = "", count] = match(/^("(?:[^"\\]|\\.)*") (\d+) times$/, words, 'text "..." <count> times');
  return (JSON.parse(line) as string).repeat(Number(count));
}

function arrays(words: string, { name }: InputPlace): Uint8Array {
  const files = words.split(/, (?=\w+:)/).map((part): [string, Uint8Array] => {
    const form = "<name>: <dtype>[<sizes>], ...";
    const [array = "", dtype = "", sizes = ""] = match(/^(\w+): (\w+)\[([\d, ]*)\]$/, part, form);
    const shape = sizes === "" ? [] : sizes.split(",").map(Number);
    return [`${array}.npy`, writeNpy(countingTensor(dtype, shape))];
  });
  const [first, ...more] = files;
  if (name.endsWith(".npz")) return zipSync(Object.fromEntries(files));
  invariant(first !== undefined && more.length === 0, `${name} holds one array`);
  return first[1];
}

function countingTensor(dtype: string, shape: readonly number[]): Tensor {
  invariant(isDtype(dtype), `${dtype} is no dtype`);
  const count = shape.reduce((product, size) => product * size, 1);
  return { dtype, shape, data: Float64Array.from({ length: count }, (_unused, index) => index) };
}
