// What redundant tokens cost: the stream check says which tokens order nothing that others do not order, and the
// simulator says how much sooner the stream ends without them. Part of `tgc.profile/1` where it is asked for.

import { at, fail, invariant, ok, type Problem, problem, type Result } from "../../ir-spec/base/result.ts";
import { maxTokenExecutions } from "../../ir-spec/limits.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { checkStream, type RedundantToken } from "../../targets/neuron/check/check.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { QueueName, Stream } from "../../targets/neuron/stream.ts";
import { type TextPlace, withoutTokens } from "../../targets/neuron/without-tokens.ts";

/** An acquire or release in the stream's text. */
export interface TokenPlace extends TextPlace {
  readonly kernel: string;
  /** Over the whole run. */
  readonly executions: number;
}

/** Acquires and releases that can be left out if all others stay: those of a semaphore, or of one kernel that uses it. */
export interface RedundantTokens {
  /** Index into the stream's semaphores. */
  readonly semaphore: number;
  readonly name: string;
  readonly producer: QueueName;
  readonly consumer: QueueName;
  readonly releases: readonly TokenPlace[];
  readonly acquires: readonly TokenPlace[];
  /** Whether they are among those that can be left out together; if not, they stand in for some of them. */
  readonly isJoint: boolean;
  /** How much sooner the stream ends if they alone are left out; below 0 if later, as less waiting can change who comes first. */
  readonly savesNs: number;
}

export interface TokenCosts {
  /** Acquires and releases over the whole run. */
  readonly executions: number;
  readonly redundant: readonly RedundantTokens[];
  /** How much sooner the stream ends without all that can be left out together. */
  readonly savesNs: number;
}

/**
 * Checks the stream, finds its redundant tokens, and simulates it without them. Fails if the check finds mistakes, and where all runs
 * together take more executions than `most`.
 */
export function tokenCosts(stream: Stream, machine: Machine, most: number = maxTokenExecutions): Result<TokenCosts> {
  const checked = checkStream(stream, machine, { redundant: true, maxTokenExecutions: most });
  if (!checked.ok) return fail(checked.diagnostics);
  const ran = simulate(stream, machine, undefined);
  if (!ran.ok) return ran;
  const { timeNs } = ran.value.report;
  const savedNs = (tokens: readonly RedundantToken[]): number =>
    tokens.length === 0 ? 0 : timeNs - timeWithoutNs(stream, machine, tokens);
  const tokens = checked.redundantTokens;
  const links = [...new Set(tokens.map(({ link }) => link))].map((link) =>
    tokens.filter((token) => token.link === link),
  );
  const executions = (links.length + 2) * checked.executedInstructions;
  if (executions > most) return fail([at(tooManyRuns(executions, most), undefined)]);
  const redundant = links.map((link) => ({ ...describeLink(stream, link), savesNs: savedNs(link) }));
  const joint = tokens.filter(({ isJoint }) => isJoint);
  return ok({ executions: checked.executedTokens, redundant, savesNs: savedNs(joint) });
}

function tooManyRuns(executions: number, most: number): Problem {
  const found = `${executions} executions in the runs without each of them`;
  return problem("E0835", { place: "the prices of redundant tokens", found, expected: `at most ${most}` });
}

/** What there is to say of the tokens of one link without running them. */
function describeLink(stream: Stream, tokens: readonly RedundantToken[]): Omit<RedundantTokens, "savesNs"> {
  const [first] = tokens;
  const semaphore = stream.semaphores[first?.sem ?? -1];
  invariant(first !== undefined && semaphore !== undefined, "a link has tokens of a semaphore");
  const placesOf = (wanted: RedundantToken["kind"]): readonly TokenPlace[] =>
    tokens
      .filter(({ kind }) => kind === wanted)
      .map(({ queue, path, kernel, executions }) => {
        return { queue, path, kernel: stream.kernels[kernel]?.name ?? "", executions };
      });
  const { name, producer, consumer } = semaphore;
  const { sem, isJoint } = first;
  const places = { releases: placesOf("release"), acquires: placesOf("acquire") };
  return { semaphore: sem, name, producer, consumer, ...places, isJoint };
}

/** Time of the stream without these tokens, which must be as correct as it is with them. */
function timeWithoutNs(stream: Stream, machine: Machine, tokens: readonly TextPlace[]): number {
  const without = withoutTokens(stream, tokens);
  invariant(checkStream(without, machine).ok, "a stream without its redundant tokens passes the check");
  const ran = simulate(without, machine, undefined);
  invariant(ran.ok, "a stream without its redundant tokens runs");
  return ran.value.report.timeNs;
}
