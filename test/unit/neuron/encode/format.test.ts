// The form of images, so that a change of it is seen: the bytes of a small one, the codes, and what is wrong in one.
// With BLESS=1 the committed files are written again; a code that changes makes images of before mean something else.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dtypeNames } from "../../../../ir-spec/base/dtype.ts";
import { machineKeys } from "../../../../ir-spec/machine.ts";
import { printHex } from "../../../../src/report/hex-dump.ts";
import {
  codeToQueue,
  dtypeCodes,
  engineCodes,
  memoryCodes,
  roleCodes,
} from "../../../../targets/neuron/encode/codes.ts";
import { decodeStream } from "../../../../targets/neuron/encode/decode.ts";
import { encodeNormal } from "../../../../targets/neuron/encode/encode.ts";
import { extensionKinds } from "../../../../targets/neuron/encode/extensions.ts";
import { fixedBytes, maxFields, recordLayout } from "../../../../targets/neuron/encode/field-layout.ts";
import { fnv1a64, machineFingerprint } from "../../../../targets/neuron/encode/hash.ts";
import { sealImage } from "../../../../targets/neuron/encode/header.ts";
import { instDef, instNames } from "../../../../targets/neuron/isa/index.ts";
import { complaints, encode, machine, orThrow, smallStream } from "./image-fixtures.ts";

function committed(name: string, now: string): string {
  const path = new URL(name, import.meta.url);
  if (process.env.BLESS !== undefined) writeFileSync(path, now);
  return readFileSync(path, "utf8");
}

test("the bytes of a small image", () => {
  const dump = printHex(orThrow(encodeNormal(smallStream(), "0123456789abcdef")));
  expect(dump).toBe(committed("small-image.hex", dump));
});

/** Every code of an image, a line each: `dtype f32 = 1`, `activation.func gelu = 3`. */
function allCodes(): readonly string[] {
  const tables = { dtype: dtypeCodes, memory: memoryCodes, role: roleCodes, queue: engineCodes };
  const named = Object.entries(tables).flatMap(([table, codes]) =>
    Object.entries(codes).map(([name, code]) => `${table} ${name} = ${code}`),
  );
  const extensions = Object.entries(extensionKinds).map(([name, { code }]) => `extension ${name} = ${code}`);
  const insts = instNames.flatMap((inst) => {
    const { opcode, fields } = instDef(inst);
    const choices = Object.entries(fields).flatMap(([name, field]) => {
      if (field.kind !== "value" || !("choices" in field.attr)) return [];
      return field.attr.choices.map((choice, index) => `${inst}.${name} ${choice} = ${index}`);
    });
    const places = recordLayout(inst).map(
      ({ field, name, type, offsetBytes }) => `${field}.${name} ${type} @${offsetBytes}`,
    );
    return [`${inst} = ${opcode}: ${fnv1a64(new TextEncoder().encode(places.join(" ")))}`, ...choices];
  });
  return [...named, ...extensions, ...insts];
}

test("no code and no record changes; new ones are added to the list by BLESS=1", () => {
  const now = allCodes();
  expect(
    committed("codes.txt", `${now.join("\n")}\n`)
      .trimEnd()
      .split("\n"),
  ).toEqual(now);
});

test("codes are distinguished", () => {
  const opcodes = instNames.map((name) => instDef(name).opcode);
  for (const codes of [dtypeCodes, memoryCodes, roleCodes, engineCodes].map(Object.values).concat([opcodes])) {
    expect(new Set(codes).size).toBe(codes.length);
  }
  expect(Object.keys(dtypeCodes).sort()).toEqual([...dtypeNames].sort());
  expect(Math.max(...opcodes)).toBeLessThan(0xff00);
  expect(codeToQueue(0x20 + 11)).toBe("dma11");
});

test("records are whole words, and their fields fit the head", () => {
  for (const name of instNames) {
    expect(fixedBytes(name) % 4).toBe(0);
    expect(Object.keys(instDef(name).fields).length).toBeLessThanOrEqual(maxFields);
  }
  expect(fixedBytes("matmul_double_row")).toBe(8 + 36 + 36 + 4);
  expect(fixedBytes("matmul")).toBe(fixedBytes("matmul_double_row") + 36);
});

test("hashes are those of the definition", () => {
  const text = (what: string): string => fnv1a64(new TextEncoder().encode(what));
  expect([text(""), text("a"), text("foobar")]).toEqual(["cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"]);
  const tiny = machine("tiny");
  expect(machineFingerprint({ ...tiny, summary: "other words" })).toBe(machineFingerprint(tiny));
  for (const key of machineKeys) {
    expect(machineFingerprint({ ...tiny, [key]: tiny[key] + 1 })).not.toBe(machineFingerprint(tiny));
  }
});

/** The small image with other bytes at an offset, under a right checksum. */
function patched(offset: number, bytes: readonly number[]): Uint8Array {
  const image = encode(smallStream()).slice();
  image.set(bytes, offset);
  return sealImage(image);
}

const place = (name: string): number => {
  const image = encode(smallStream());
  const view = new DataView(image.buffer);
  const queues = view.getUint32(24 + 8 * 16 + 4, true);
  const firstRecord = queues + 6;
  const [loop, acquire] = [16 + 16, fixedBytes("acquire")];
  const places: Readonly<Record<string, number>> = {
    opcode: firstRecord + loop,
    sem: firstRecord + loop + 8,
    memory: firstRecord + loop + acquire + 8,
    dtype: firstRecord + loop + acquire + 9,
    extension: firstRecord + 16,
    queue: queues,
  };
  return places[name] ?? 0;
};

test.each([
  ["opcode", [0xef, 0xbe], /^E0910 byte \d+: an opcode is 48879, expected one of ISA.md$/],
  ["sem", [9], /^E0910 byte \d+: sem of acquire.sem is 9, expected less than 2$/],
  ["memory", [9], /^E0910 byte \d+: memory of dma_copy.dst is 9, expected one of 1 \(hbm\), 2 \(sbuf\), 3 \(psum\)$/],
  ["dtype", [99], /^E0910 byte \d+: dtype of dma_copy.dst is 99, expected one of 1 \(f32\), /],
  ["extension", [77], /^E0910 byte \d+: an extension word of loop is kind 77, expected at most 8$/],
  ["queue", [0, 0], /^E0910 byte \d+: the name of a queue is 0, expected the code of a queue$/],
])("what is wrong in an image has its place: %s", (name, bytes, wanted) => {
  const offset = place(name);
  const said = complaints(decodeStream(patched(offset, bytes)));
  expect(said).toMatch(wanted);
  expect(Math.abs(Number(/byte (\d+)/.exec(said)?.[1]) - offset)).toBeLessThanOrEqual(1);
});

test("an image as a whole: magic, version, length, checksum", () => {
  const image = encode(smallStream());
  const with8 = (value: number): Uint8Array => patched(8, [value]);
  expect(complaints(decodeStream(new TextEncoder().encode("stream mlp for tiny")))).toBe(
    "E0906 the file begins with 73 74 72 65 61 6d 20 6d, but an image begins with 89 54 47 43 0d 0a 1a 0a",
  );
  expect(complaints(decodeStream(new Uint8Array(0)))).toContain("E0906 the file begins with nothing");
  expect(complaints(decodeStream(with8(2)))).toBe("E0907 the image has format version 2, expected 1");
  expect(complaints(decodeStream(image.subarray(0, image.length - 1)))).toBe(
    `E0908 the image has ${image.length - 1} bytes, expected ${image.length}`,
  );
  expect(complaints(decodeStream(image.with(200, 1)))).toMatch(
    /^E0909 the bytes have checksum \w{16}, but the image says /,
  );
});
