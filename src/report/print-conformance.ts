// What became of the cases of a conformance suite, by op and executor, as text and as JSON.

import { type CaseResult, type CaseStatus, caseStatuses } from "../import/conformance/case.ts";
import { left, right, textTable } from "./text-table.ts";

/** Whether a case shows no fault: what is unsupported says why. */
export function isSound({ status }: CaseResult): boolean {
  return status === "pass" || status === "unsupported";
}

/** An error beyond all bounds is null, as JSON knows no infinity. */
export function caseJson({ name, on, status, reason, maxError, ops, elements }: CaseResult) {
  return {
    ...{ name, on, status, ops, elements },
    ...(reason === undefined ? {} : { reason }),
    ...(maxError === undefined ? {} : { maxError: Number.isFinite(maxError) ? maxError : null }),
  };
}

export type Counts = Readonly<Record<CaseStatus, number>>;

export function countStatuses(results: readonly CaseResult[]): Counts {
  const counts = { pass: 0, fail: 0, unsupported: 0, crash: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}

/** The op that a case is about: the only one, or the function that the case's name begins with. */
export function subjectOf({ name, ops }: CaseResult): string {
  const [first] = ops;
  return ops.length === 1 && first !== undefined
    ? first
    : name.includes("_expanded")
      ? "expanded functions"
      : (first ?? "none");
}

/** Groups results by op, in the order of the alphabet. */
export function bySubject(results: readonly CaseResult[]): readonly (readonly [string, readonly CaseResult[]])[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    const subject = subjectOf(result);
    groups.set(subject, [...(groups.get(subject) ?? []), result]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b, "en"));
}

/** Different reasons why cases did not pass, without what differs between nodes of one kind. */
export function reasonsOf(results: readonly CaseResult[]): readonly string[] {
  return [...new Set(results.flatMap(({ status, reason }) => (status === "pass" ? [] : [reason ?? status])))];
}

/** Assumed: longer reasons are for `--verbose`. */
const maxReason = 80;

export function printConformance(results: readonly CaseResult[], { verbose }: { readonly verbose: boolean }): string {
  const executorsOf = [...new Set(results.map(({ on }) => on))];
  const parts = executorsOf.map((on) => {
    const own = results.filter((result) => result.on === on);
    const total = countStatuses(own);
    const rows = bySubject(own).map(([subject, group]) => {
      const counts = countStatuses(group);
      return [subject, ...caseStatuses.map((status) => String(counts[status])), shorten(reasonsOf(group).join("; "))];
    });
    const columns = [left("op"), ...caseStatuses.map(right), left("reasons")];
    const sums = caseStatuses.map((status) => `${total[status]} ${status}`).join(", ");
    return `${on}: ${sums}\n\n${textTable(columns, rows)}`;
  });
  const cases = verbose ? results.filter(({ status }) => status !== "pass").map(caseLine) : [];
  return [...parts, ...(cases.length > 0 ? [`${cases.join("\n")}\n`] : [])].join("\n");
}

function caseLine({ name, on, status, reason }: CaseResult): string {
  return `${name} on ${on}: ${status}${reason === undefined ? "" : `: ${reason}`}`;
}

function shorten(text: string): string {
  return text.length <= maxReason ? text : `${text.slice(0, maxReason - 3)}...`;
}
