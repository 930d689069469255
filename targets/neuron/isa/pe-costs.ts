// Costs of the systolic array: columns that are streamed through it in passes, and columns that it loads. While its clock is gated they
// count more, what an instruction costs beyond them does not.

import { field, largest, minus, named, notesOf, one, over, plus, roundedUp, type Term, times } from "./cost-terms.ts";
import { timed, type UnitCost } from "./costs.ts";

const [minCycles, overhead, latency] = [field("peMinCycles"), field("peOverheadCycles"), field("peLatencyCycles")];
const [coldFactor, fill] = [field("peColdFactor"), field("peFillCycles")];
const moreWhileGated = minus(coldFactor, one);

/** Both of one instruction: with the clock on, and while it is gated. */
function gatedToo<A>(cost: UnitCost<A>, gated: UnitCost<A>): UnitCost<A> {
  return {
    text: `${cost.text}; while the clock is gated ${gated.text}`,
    notes: notesOf([cost, gated]),
    cycles: (args, machine) => ({ ...cost.cycles(args, machine), gated: gated.cycles(args, machine) }),
  };
}

/** Of streaming `stream` columns in each of `passes`. */
export function movingCost<A, P>(stream: Term<A>, passes?: Term<P>): UnitCost<A & P> {
  const issue = largest(minCycles, plus(overhead, stream));
  const result = plus(latency, stream);
  const slowStream = times(stream, coldFactor);
  const slowIssue = largest(issue, slowStream);
  const slowResult = plus(plus(latency, times(fill, moreWhileGated)), slowStream);
  if (passes === undefined) return gatedToo(timed(issue, result), timed(slowIssue, slowResult));
  return gatedToo(
    inPasses(passes, named("pass", issue), result),
    inPasses(passes, named("slow pass", slowIssue), slowResult),
  );
}

/** One pass after the other, the last one's result being that of all. */
function inPasses<P, A>(passes: Term<P>, pass: Term<A>, result: Term<A>): UnitCost<P & A> {
  return timed(times(passes, pass), plus(times(minus(passes, one), pass), largest(pass, result)));
}

/** Of loading a stationary operand of `columns`, in each of `passes`, while the instruction before it runs. */
export function loadCost<A, P>(columns: Term<A>, passes?: Term<P>): UnitCost<A & P> {
  const pass = named("load", roundedUp(over(columns, field("peLoadWeightsColumnsPerCycle"))));
  const issue: Term<A & P> = passes === undefined ? pass : times(passes, pass);
  const result = plus(issue, field("peLoadWeightsLatencyCycles"));
  const slowResult = plus(result, times(moreWhileGated, plus(issue, fill)));
  const cost = gatedToo(timed(issue, result), timed(times(issue, coldFactor), slowResult));
  return {
    text: `while the instruction before it runs: ${cost.text}`,
    notes: cost.notes,
    cycles: (args, machine) => ({ ...cost.cycles(args, machine), runsBehind: true }),
  };
}
