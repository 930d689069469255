// The text of CONFORMANCE.md: what became of the cases of the ONNX backend tests, by executor and by op, and the table of ops.
import { markdownTable } from "../../src/docs/markdown.ts";
import type { CaseResult } from "../../src/import/conformance/case.ts";
import { bySubject, countStatuses } from "../../src/report/print-conformance.ts";

/** How many expanded cases there are, and how many of them become the kernels that their one-node twin becomes. */
export interface Twins {
  readonly pairs: number;
  readonly same: readonly string[];
}

/** Whether a case is about tensors of floats, integers or bools alone. */
export function isOfNumbers({ elements }: Pick<CaseResult, "elements">): boolean {
  return elements.length > 0 && !elements.includes("STRING");
}

const introduction = `Written by \`npm run conformance -- DIR\`, where DIR holds cases of the ONNX backend tests; do not edit.

Each case is a model with inputs and the outputs that they should give. \`tgc conformance\` imports the model, compiles and runs it, and compares as the runner of
the ONNX backend tests does: relative tolerance 1e-3, absolute 1e-7. Allowed besides: a unit in the last place of f32 of the output's largest element, as the
cases are made in f32, and two units in the last place of floats narrower than f32. Integers that were rounded from floats may be one off on other executors than
the reference, where a quotient may be off in its last place. Inputs that decide on shapes are constants with the value of the case.

What cannot be expressed is *unsupported*, with a reason; no case may fail or crash.`;

export function conformanceMarkdown(results: readonly CaseResult[], twins: Twins): string {
  const parts = [
    "# Conformance with ONNX",
    introduction,
    totals(results),
    twinsText(twins),
    byOp(results),
    unsupported(results),
  ];
  return `${parts.join("\n\n")}\n`;
}

function totals(results: readonly CaseResult[]): string {
  const executors = [...new Set(results.map(({ on }) => on))];
  const rows = executors.flatMap((on) => {
    const own = results.filter((result) => result.on === on);
    return [["all", own] as const, ["floats, integers and bools", own.filter(isOfNumbers)] as const].map(
      ([what, group]) => {
        const counts = countStatuses(group);
        const share = `${((100 * counts.pass) / group.length).toFixed(1)} %`;
        return [on, what, group.length, counts.pass, counts.fail, counts.unsupported, counts.crash, share].map(String);
      },
    );
  });
  return markdownTable(["executor", "cases", "number", "pass", "fail", "unsupported", "crash", "passed"], rows);
}

function twinsText({ pairs, same }: Twins): string {
  const list = same.length === 0 ? "" : ` Those are: ${same.join(", ")}.`;
  return `## Functions and their expansions

Many ops of ONNX are functions of simpler ones, and their cases come twice: as one node, and expanded. Of ${pairs} such pairs that can be imported, ${same.length} become
the same graph once composites are expanded, and so the same kernels.${list}`;
}

function byOp(results: readonly CaseResult[]): string {
  const executors = [...new Set(results.map(({ on }) => on))];
  const rows = bySubject(results).map(([subject, group]) => {
    const cells = executors.map((on) => {
      const counts = countStatuses(group.filter((result) => result.on === on));
      const others = (["fail", "unsupported", "crash"] as const).filter((status) => counts[status] > 0);
      return [String(counts.pass), ...others.map((status) => `${counts[status]} ${status}`)].join(", ");
    });
    return [subject, ...cells];
  });
  return `## By op\n\nHow many cases passed. A case belongs to its only op, or to its first one.\n\n${markdownTable(["op", ...executors], rows)}`;
}

function unsupported(results: readonly CaseResult[]): string {
  const reasons = new Map<string, { readonly names: Set<string>; readonly on: Set<string> }>();
  for (const { name, on, status, reason = status } of results) {
    if (status === "pass") continue;
    const entry = reasons.get(reason) ?? { names: new Set(), on: new Set() };
    entry.names.add(name);
    entry.on.add(on);
    reasons.set(reason, entry);
  }
  const rows = [...reasons].map(([reason, { names, on }]) => [reason, [...on].join(", "), [...names].join(", ")]);
  return `## What does not pass, and why\n\n${markdownTable(["reason", "executors", "cases"], rows)}`;
}
