// Bit diagrams of the records of binary images, for ISA.md and IMAGE.md.

import {
  fieldsOf,
  fixedBytes,
  headParts,
  type PlacedPart,
  placeParts,
} from "../../targets/neuron/encode/field-layout.ts";
import { type InstName, instDef } from "../../targets/neuron/isa/index.ts";

/** What one box of a diagram holds. */
export interface Box {
  readonly label: string;
  readonly offsetBytes: number;
  readonly bytes: number;
}

const wordBytes = 4;
/** Width of a byte in a diagram (characters). */
const byteWidth = 10;

/**
 * Draws boxes in words of 32 bits, the highest bit on the left; what is longer than a word is one box with its length.
 *
 *     bytes | 31                          16 | 15                           0
 *         0 | given             | opcode            |
 *         8 | dst: operand, 36 bytes                |
 */
export function bitDiagram(boxes: readonly Box[]): string {
  const wordOf = ({ offsetBytes }: Box): number => Math.floor(offsetBytes / wordBytes);
  const rows = [...new Set(boxes.map(wordOf))].map((word) => {
    const cells = boxes.filter((box) => wordOf(box) === word).map(drawBox);
    return `${String(word * wordBytes).padStart(5)} |${cells.toReversed().join("|")}|`;
  });
  const half = (wordBytes / 2) * byteWidth - 1;
  const heading = `bytes |${ends(31, 16, half)}|${ends(15, 0, half)}|`;
  return [heading, ...rows].map((line) => `    ${line}`).join("\n");
}

const ends = (left: number, right: number, width: number): string =>
  ` ${left}${String(right).padStart(width - 2 - String(left).length)} `;

function drawBox({ label, bytes }: Box): string {
  const width = Math.min(bytes, wordBytes) * byteWidth - 1;
  const text = bytes > wordBytes ? `${label}, ${bytes} bytes` : label;
  return ` ${text}`.padEnd(width);
}

/** Boxes of numbers, each with its own name. */
export function partBoxes(parts: readonly PlacedPart[]): readonly Box[] {
  return parts.map(({ name, offsetBytes, bytes }) => ({ label: name, offsetBytes, bytes }));
}

/** The record of an instruction, an operand as one box. */
export function recordDiagram(inst: InstName): string {
  const head = placeParts([{ name: "head", parts: headParts }]);
  const headBytes = head.reduce((sum, { bytes }) => sum + bytes, 0);
  const { fields } = instDef(inst);
  const placed = placeParts(fieldsOf(inst), headBytes);
  const boxes = Object.entries(fields).map(([name, field]): Box => {
    const parts = placed.filter((part) => part.field === name);
    const [first] = parts;
    const what = field.kind === "operand" ? "operand" : (first?.name ?? "");
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return { label: `${name}: ${what}`, offsetBytes: first?.offsetBytes ?? 0, bytes };
  });
  const title = `Record of ${fixedBytes(inst)} bytes and its extension words (IMAGE.md):`;
  return `${title}\n\n${bitDiagram([...partBoxes(head), ...boxes])}`;
}
