// What `tgc why-wrong` found, for people.

import pc from "picocolors";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type CheckedStage, causeKinds, type WhyWrong } from "../find/why-wrong/report.ts";

export function printWhyWrong(report: WhyWrong, file: string, color: boolean): string {
  const { bold, red, green } = pc.createColors(color);
  if (report.agree) {
    const rounding = report.kind === undefined ? "" : `; ${causeKinds["rounding only"]}`;
    const tried = `${report.inputs.length} sets of inputs, ${report.stages.length} stages`;
    return `${green("agree")}: no stage of ${report.graph} on ${report.target} differs from the reference (${tried})${rounding}\n`;
  }
  const { kind = "unknown", evidence = [], op, element } = report;
  const lines = [
    ...(op === undefined ? [] : [`  op           ${opLine(op, file)}`]),
    `  stage        ${stageLine(report)}`,
    ...(report.kernel === undefined ? [] : [`  kernel       ${report.kernel}`]),
    ...(report.statement === undefined ? [] : [`  statement    ${report.statement}`]),
    ...(report.instruction === undefined ? [] : [`  instruction  ${report.instruction}`]),
    ...evidence.map((words, at) => `  ${at === 0 ? "evidence " : "         "}    ${words}`),
    `  inputs       ${report.inputs.join(", ")}`,
    ...(element === undefined ? [] : [`  values       ${elementLine(element)}`]),
  ];
  return `${[`${bold(red(kind))}: ${causeKinds[kind]}`, ...lines.map(showName)].join("\n")}\n`;
}

function opLine({ op, name, line, source }: NonNullable<WhyWrong["op"]>, file: string): string {
  const place = line === undefined ? "" : ` at ${file}:${line}`;
  const text = source === undefined ? "" : `: ${source.replace(/\s+/g, " ")}`;
  return `${op} (${name})${place}${text}`;
}

function stageLine({ stage = "graph", pass }: WhyWrong): string {
  return pass === undefined ? stage : `${stage}, made by the pass ${pass}`;
}

function elementLine({ output, index, wanted, found, differing, elements }: NonNullable<WhyWrong["element"]>): string {
  return `${output}[${index.join(", ")}] is ${found}, expected ${wanted}; ${differing} of ${elements} elements differ`;
}

/** One line for each step of the pipeline: `--bisect-passes`. */
export function printBisection(stages: readonly CheckedStage[]): string {
  const lines = stages.map(({ stage, pass, agree, reason }) => {
    const what = pass === undefined ? stage : `${stage} after ${pass}`;
    return `  ${agree ? "agrees " : "differs"}  ${what}${reason === undefined ? "" : `: ${reason}`}`;
  });
  return `passes\n${lines.join("\n")}\n`;
}
