// `tgc profile --explain`: instructions with the rule of their time, its parts, and the machine's numbers in it.

import { formatNs } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { printInstruction } from "../../targets/neuron/asm/print-stream.ts";
import type { ExplainedField, Explanation } from "../../targets/neuron/sim/explain.ts";
import type { Stream } from "../../targets/neuron/stream.ts";

/** Each instruction in turn; the text ends with a line break. */
export function printExplanations(explanations: readonly Explanation[], stream: Stream): string {
  return explanations.map((explanation) => printExplanation(explanation, stream)).join("\n");
}

function printExplanation({ place, instruction, rule, parts, fields }: Explanation, stream: Stream): string {
  const times = parts.map(({ what, ns }) => [formatNs(ns), what] as const);
  const names = fields.map((field) => [`${field.name} = ${printValue(field)}`, field.source] as const);
  return [
    `${place.queue} ${place.index}: ${printInstruction(stream, instruction)}`,
    `  rule   ${rule}`,
    ...columns(times),
    ...columns(names),
    "",
  ]
    .map(showName)
    .join("\n");
}

const printValue = ({ value, unit }: ExplainedField): string =>
  unit === "1" || unit === "0 or 1" ? `${value}` : `${value} ${unit}`;

function columns(rows: readonly (readonly [left: string, right: string])[]): readonly string[] {
  const width = rows.reduce((most, [left]) => Math.max(most, left.length), 0);
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
