// Makes the text of METRICS.md from the table of metrics.

import { profileMetrics } from "../metrics/metrics.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const introduction = `What is computed of a simulated run. \`tgc profile --json\` has these numbers as \`metrics\`, \`tgc compare --json\` for each run, and
\`tgc compare --csv\` as columns. A name with "yes" is one of Neuron Explorer's summary, with its unit: times are seconds there, and what ends in
\`_percent\` is a share of 1. Formulas name the fields of \`tgc.profile/1\` and of machine files ([MACHINE.md](ir-spec/MACHINE.md)).`;

/** The text of METRICS.md. */
export function metricsMarkdown(): string {
  const rows = profileMetrics.map(({ name, unit, isNeuron, summary, formula }) => [
    `\`${name}\``,
    unit,
    isNeuron ? "yes" : "",
    summary,
    `\`${formula}\``,
  ]);
  const table = markdownTable(["metric", "unit", "in Neuron Explorer", "meaning", "formula"], rows);
  return `${["# Metrics", generatedNote("`src/metrics`"), introduction, table].join("\n\n")}\n`;
}
