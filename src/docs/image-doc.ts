// Makes the text of IMAGE.md, the format of binary images, from the tables of `targets/neuron/encode`.

import {
  dtypeCodes,
  endOpcode,
  engineCodes,
  firstDmaCode,
  loopOpcode,
  memoryCodes,
  roleCodes,
} from "../../targets/neuron/encode/codes.ts";
import { extensionKinds, extensionParts } from "../../targets/neuron/encode/extensions.ts";
import {
  headParts,
  inlineDims,
  loopFields,
  operandParts,
  type Part,
  placeParts,
} from "../../targets/neuron/encode/field-layout.ts";
import { formatVersion, headerFields, magic } from "../../targets/neuron/encode/header.ts";
import { sections } from "../../targets/neuron/encode/tables.ts";
import { generatedNote, markdownTable } from "./markdown.ts";
import { bitDiagram, partBoxes } from "./record-layout.ts";

const introduction = [
  "`tgc compile --emit bin` and `tgc asm -o model.bin` write images, `tgc disasm` reads them. An image holds a stream whole, in its normal",
  "form, so that assembler text and image are two spellings of one thing. All numbers are little-endian: `u8`, `u16` and `u32` without a",
  "sign, `i32` and `i64` in two's complement, `f64` as in IEEE 754. A text is its length in bytes (`u32`) and UTF-8. A value that does not fit",
  "is refused. What is not used is 0, and an image is read only if it is just what its stream is encoded to.",
].join("\n");

const frameText = [
  "Then the section table, for every section its code, offset in the file, length in bytes and number of rows (`u32` each); the sections,",
  "one after the other; and in the last eight bytes the FNV-1a hash of all bytes before them (`u64`).",
].join("\n");

const recordText = [
  "The program of a queue is a row of records. A record is a head, fields and extension words; ISA.md shows the fields of every",
  "instruction. Bit i of `given` says that field i is there; what is not there is 0. `kernel` is an index into the kernels, and `extensions`",
  "counts the extension words.",
].join("\n");

const operandText = [
  `An operand takes ${operandParts.length} numbers. \`address\` is in bytes. Sizes are the largest ones. \`dimensions\` counts all, and the first ${inlineDims}`,
  "stand here. An operand on chip has no `tensor`, one in HBM no partitions; its rows are its first dimension.",
].join("\n");

const loopText = [
  `A loop is a record with opcode ${loopOpcode}; its body follows, up to a record of a head alone with opcode ${endOpcode}. \`trips\` may have a limit, and`,
  "`advance` has the ring registers that step, both in extension words.",
].join("\n");

const valueText = [
  "Other fields: an integer is `i64` and a number `f64`; true is 1; a dtype is its code; a choice is its index in the list that ISA.md shows; a",
  "list is the number of its elements, which are extension words; a flag is 0 (false), 1 (true) or 2 (not first, with its loops in extension",
  "words); a semaphore is its number; an affine number is its constant, with its terms in extension words.",
].join("\n");

/** The text of IMAGE.md. */
export function imageMarkdown(): string {
  const magicText = magic.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return `${[
    "# Binary images",
    generatedNote("the tables in `targets/neuron/encode`"),
    introduction,
    "## Frame",
    `Format version ${formatVersion}, magic \`${magicText}\`. The header:`,
    markdownTable(["bytes", "what"], headerFields),
    frameText,
    "## Sections",
    markdownTable(
      ["code", "section", "a row"],
      Object.entries(sections).map(([name, row], index) => [String(index + 1), name, row]),
    ),
    codeTable(),
    "## Records",
    recordText,
    diagram(headParts),
    operandText,
    diagram(operandParts),
    loopText,
    diagram([...headParts, ...loopFields.flatMap(({ name, parts }) => parts.map((part) => ({ ...part, name })))]),
    valueText,
    "## Extension words",
    "What only some arguments have. `field` is the number of the field in its record.",
    diagram(extensionParts),
    markdownTable(
      ["kind", "name", "what it says"],
      Object.entries(extensionKinds).map(([name, { code, summary }]) => [String(code), name, summary]),
    ),
  ].join("\n\n")}\n`;
}

const diagram = (parts: readonly Part[]): string => bitDiagram(partBoxes(placeParts([{ name: "", parts }])));

function codeTable(): string {
  const tables = { dtype: dtypeCodes, memory: memoryCodes, "role of a tensor": roleCodes, queue: engineCodes };
  const rows = Object.entries(tables).map(([name, codes]) => [
    name,
    Object.entries(codes)
      .map(([of, code]) => `${code} ${of}`)
      .join(", "),
  ]);
  const [queue = [], ...others] = rows.toReversed();
  const withDma = [queue[0] ?? "", `${queue[1]}; ${firstDmaCode} + n for \`dma<n>\``];
  return markdownTable(["code of", "values"], [...others.toReversed(), withDma]);
}
