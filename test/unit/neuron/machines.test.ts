// Machine files: the shipped ones read like a user's own, and each mistake in a user's is pointed at.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { machineKeys } from "../../../ir-spec/machine.ts";
import { energyKeys } from "../../../ir-spec/machine-energy.ts";
import { changeMachine } from "../../../targets/neuron/machines/change.ts";
import { machineByName, machineNames } from "../../../targets/neuron/machines/index.ts";
import { parseMachine } from "../../../targets/neuron/machines/parse.ts";
import { writeMachine } from "../../../targets/neuron/machines/write.ts";

const fileOf = (name: string): string =>
  readFileSync(new URL(`../../../targets/neuron/machines/${name}.json`, import.meta.url), "utf8");
const tinyText = fileOf("tiny");

/** Each complaint as `code message`, the marked text and its line. */
function complaints(text: string): readonly (readonly [said: string, marked: string, line: number])[] {
  const source = { name: "mine.json", text };
  const result = parseMachine(source);
  if (result.ok) return [];
  return result.error.map(({ code, args, span, notes }) => {
    invariant(span !== undefined, "a complaint about a file has a place");
    const said = [errorMessage(code, args), ...notes.map((note) => note.text)].join("; ");
    return [`${code} ${said}`, text.slice(span.start, span.end), positionOf(source, span.start).line] as const;
  });
}

test.each(machineNames)("%s is read as it ships", (name) => {
  const result = parseMachine({ name: `${name}.json`, text: fileOf(name) });
  expect(result).toEqual({ ok: true, value: machineByName(name) });
});

test("no other name is a machine's", () => {
  expect(machineByName("trn9")).toBeUndefined();
});

const mistakes: readonly (readonly [what: string, from: string | RegExp, to: string, line: string, marked: string])[] =
  [
    [
      "a missing comma",
      '"tgc.machine/1",',
      '"tgc.machine/1"',
      "E1101 the machine file is not JSON: comma expected",
      '"name"',
    ],
    [
      "another schema",
      "tgc.machine/1",
      "tgc.machine/9",
      'E1104 schema is "tgc.machine/9", expected "tgc.machine/1"',
      '"tgc.machine/9"',
    ],
    ["a missing name", /\n *"name".*/, "", "E1102 name is missing, expected a text", "{"],
    [
      "a misspelt field",
      '"peRows"',
      '"peRow"',
      "E1103 fields.peRow is not a field of a machine file; did you mean `peRows`?",
      '"peRow"',
    ],
    ["a field twice", '"peRows"', '"peColumns"', "E1108 fields.peColumns is given twice", '"peColumns"'],
    [
      "a text for a number",
      '"partitions": { "value": 8',
      '"partitions": { "value": "8"',
      'E1104 fields.partitions.value is "8", expected a number',
      '"8"',
    ],
    [
      "a number for a field",
      /"partitions": \{[^}]*\}/,
      '"partitions": 8',
      "E1104 fields.partitions is 8, expected an object",
      "8",
    ],
    [
      "a missing source",
      /("partitions": \{ "value": 8), "source": "[^"]*"/,
      "$1",
      "E1102 fields.partitions.source is missing, expected a text",
      '{ "value": 8 }',
    ],
    [
      "half a partition",
      '"partitions": { "value": 8',
      '"partitions": { "value": 8.5',
      "E1105 fields.partitions is 8.5 partitions, expected an integer from 1 to 4096",
      "8.5",
    ],
    [
      "a clock in GHz",
      '"peClockHz": { "value": 2400000000',
      '"peClockHz": { "value": 2.4',
      "E1105 fields.peClockHz is 2.4 Hz, expected a number from 1000000 to 100000000000",
      "2.4",
    ],
    [
      "a guess without a reason",
      'assumed: as trn2"',
      'guess"',
      "E1106 fields.psumBanks has the source `guess`, expected `documented: <where>`, `measured: <by whom>` or `assumed: <why>`",
      '"guess"',
    ],
    [
      "a result wider than its bank",
      '"peMovingColumns": { "value": 16',
      '"peMovingColumns": { "value": 32',
      "E1107 fields.peMovingColumns is 32, expected at most the 16 f32 columns of a bank of psumBankBytesPerPartition",
      '"peMovingColumns"',
    ],
    [
      "row tiles that are no halves of the array",
      '"peTileRows": { "value": 2',
      '"peTileRows": { "value": 3',
      "E1107 fields.peTileRows is 3, expected the 8 of peRows by a power of two",
      '"peTileRows"',
    ],
    [
      "processors that share a partition",
      '"poolCorePartitions": { "value": 2',
      '"poolCorePartitions": { "value": 3',
      "E1107 fields.poolCorePartitions is 3, expected a divisor of the 8 of partitions",
      '"poolCorePartitions"',
    ],
    [
      "half a stack for a core",
      '"coresPerHbmStack": { "value": 2',
      '"coresPerHbmStack": { "value": 4',
      "E1107 fields.coresPerHbmStack is 4, expected a divisor of the 2 of coresPerChip",
      '"coresPerHbmStack"',
    ],
    [
      "more PSUM ports than the simulator tells apart",
      '"psumBanks": { "value": 8',
      '"psumBanks": { "value": 64',
      "E1107 fields.psumPortBanks is 1, expected at least 3, so that the 64 of psumBanks have 31 ports at most",
      '"psumPortBanks"',
    ],
    [
      "more memory on chip than the simulator holds",
      '"value": 24576',
      '"value": 268435456',
      "E1107 fields.sbufBytesPerPartition is 268435456, with PSUM and the array 2147489408 B on chip, expected at most 1073741824 B, which the simulator holds",
      '"sbufBytesPerPartition"',
    ],
    [
      "a fetch of half an instruction",
      '"instructionBytes": { "value": 0',
      '"instructionBytes": { "value": 8192',
      "E1107 fields.instructionFetchBytes is 4096, expected at least the 8192 of instructionBytes",
      '"instructionFetchBytes"',
    ],
    [
      "a latency of more than a second",
      '"dmaStartNs": { "value": 50',
      '"dmaStartNs": { "value": 5e9',
      "E1105 fields.dmaStartNs is 5000000000 ns, expected a number from 0 to 1000000000",
      "5e9",
    ],
    [
      "a grid with a gap",
      '"torusX": { "value": 2',
      '"torusX": { "value": 3',
      "E1107 fields.torusX is 3, by 2 of torusY, expected the 4 of chipsPerInstance as a product",
      '"torusX"',
    ],
  ];

test.each(mistakes)("%s", (_what, from, to, line, marked) => {
  const found = complaints(tinyText.replace(from, to));
  expect(found.map(([said]) => said)).toContain(line);
  expect(found.find(([said]) => said === line)?.[1].startsWith(marked)).toBe(true);
});

test("all mistakes are reported at once, each with its line", () => {
  const text = tinyText
    .replace('"partitions": { "value": 8', '"partitions": { "value": 0')
    .replace('"peRows"', '"rows"');
  const lineOf = (mark: string) => text.slice(0, text.indexOf(mark)).split("\n").length;
  const found = complaints(text).map(([said, , line]) => [said.split(" ")[0], line]);
  expect(found).toEqual([
    ["E1103", lineOf('"rows"')],
    ["E1105", lineOf('"partitions"')],
    ["E1109", lineOf('"fields"')],
  ]);
});

const extending = (fields: string, more = ""): string =>
  `{ "schema": "tgc.machine/1", ${more}"extends": "trn2", "fields": { ${fields} } }`;

test("a file that extends a machine has that one's numbers and sources where it says nothing", () => {
  const trn2 = machineByName("trn2");
  expect(parseMachine({ name: "same.json", text: extending("") })).toEqual({ ok: true, value: trn2 });
  const sbuf = '"sbufBytesPerPartition": { "value": 106496, "source": "assumed: half" }';
  const changed = parseMachine({
    name: "half.json",
    text: extending(sbuf, '"name": "half", "summary": "half of SBUF", '),
  });
  const sources = { ...trn2?.sources, sbufBytesPerPartition: "assumed: half" };
  const own = { name: "half", summary: "half of SBUF", sbufBytesPerPartition: 106496, sources };
  expect(changed).toEqual({ ok: true, value: { ...trn2, ...own } });
  const copy = parseMachine({ name: "copy.json", text: extending(sbuf) });
  expect(copy.ok && copy.value.name).toMatch(/^trn2#[0-9a-f]{8}$/);
});

test("mistakes in a file that extends a machine", () => {
  expect(complaints(extending('"sbufBytesPerPartition": { "value": 106498, "source": "assumed: odd" }'))).toEqual([
    [expect.stringContaining("E1107 fields.sbufBytesPerPartition is 106498"), expect.any(String), 1],
  ]);
  const [[said] = ["", "", 0]] = complaints(extending("").replace("trn2", "trn9"));
  expect(said).toMatch(/^E1104 extends is "trn9", expected one of trn2, .*; did you mean `trn2`/);
});

test("energy is all there or not at all, extended as the numbers are, and set as they are", () => {
  const hbm = '"hbmBytePj": { "value": 20, "source": "assumed: newer" }';
  const withEnergy = (text: string, energy: string): string => text.replace(/\}\s*$/, `, "energy": { ${energy} } }`);
  const own = parseMachine({ name: "own.json", text: withEnergy(extending(""), hbm) });
  const trn2 = machineByName("trn2");
  const energy = { ...trn2?.energy, hbmBytePj: 20, sources: { ...trn2?.energy?.sources, hbmBytePj: "assumed: newer" } };
  expect(own).toEqual({ ok: true, value: { ...trn2, energy } });
  const few = complaints(withEnergy(tinyText, hbm)).map(([said]) => said);
  expect(few).toHaveLength(energyKeys.length - 1);
  expect(few[0]).toMatch(/^E1102 energy\.dmaBytePj is missing, expected a byte that .* \(pJ\)$/);
  expect(complaints(withEnergy(extending(""), hbm.replace("20", "-1"))).map(([said]) => said)).toEqual([
    "E1105 energy.hbmBytePj is -1 pJ, expected a number from 0 to 1000000",
  ]);
  const codesOf = (name: string, field: string): readonly string[] => {
    const machine = machineByName(name);
    invariant(machine !== undefined, "it ships");
    const changed = changeMachine(machine, [{ name: field, value: 20 }]);
    return changed.ok ? [String(changed.value.energy?.hbmBytePj)] : changed.error.map(({ code }) => code);
  };
  expect(codesOf("trn2", "hbmBytePj")).toEqual(["20"]);
  expect(codesOf("tiny", "hbmBytePj")).toEqual(["E1103"]);
});

test("an incomplete file says all that is missing in one message", () => {
  const text = extending('"peRows": { "value": 8, "source": "assumed: small" }').replace(
    /"extends": "trn2", /,
    '"name": "x", "summary": "x", ',
  );
  const found = complaints(text);
  expect(found).toHaveLength(1);
  const missing = machineKeys.filter((key) => key !== "peRows");
  expect(found[0]?.[0]).toContain(`${missing.length} of the ${machineKeys.length} fields are missing`);
  for (const key of missing) expect(found[0]?.[0]).toContain(key);
});

test.each(machineNames)("%s is written as a file that reads back", (name) => {
  const machine = machineByName(name);
  invariant(machine !== undefined, "it ships");
  const full = writeMachine(machine, machine);
  expect(parseMachine({ name: "full.json", text: full })).toEqual({ ok: true, value: machine });
  const changed = changeMachine(machine, [{ name: "dmaStartNs", value: machine.dmaStartNs + 1 }]);
  invariant(changed.ok, "a latency may be any");
  const { summary } = machine;
  const short = writeMachine(changed.value, { name, summary, base: machine });
  expect(parseMachine({ name: "short.json", text: short })).toEqual(changed);
  expect(short.split("\n").length).toBeLessThan(12);
});

test("changes of single numbers are checked like a file", () => {
  const trn2 = machineByName("trn2");
  invariant(trn2 !== undefined, "it ships");
  const changes = [
    { name: "peRow", value: 1 },
    { name: "peRows", value: 0.5 },
  ];
  const wrong = changeMachine(trn2, changes);
  expect(wrong.ok ? [] : wrong.error.map(({ code }) => code)).toEqual(["E1103", "E1105"]);
  const contradiction = changeMachine(trn2, [{ name: "peRows", value: 256 }]);
  expect(contradiction.ok ? [] : contradiction.error.map(({ code }) => code)).toContain("E1107");
  expect(changeMachine(trn2, [{ name: "peRows", value: trn2.peRows }])).toMatchObject({ value: { name: "trn2" } });
  const once = changeMachine(trn2, [{ name: "dmaEngines", value: 32 }]);
  invariant(once.ok, "engines may be any");
  const back = changeMachine(once.value, [{ name: "dmaEngines", value: trn2.dmaEngines }]);
  expect(back).toMatchObject({ value: { name: "trn2" } });
});
