// Compiles a regular expression to steps of a small machine, which the matcher runs (match.ts).

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { type CharSet, isInSet, type RegexNode } from "./nodes.ts";

export type Step =
  | { readonly kind: "char"; readonly set: CharSet }
  /** Continues at both places. */
  | { readonly kind: "split"; readonly first: number; readonly second: number }
  | { readonly kind: "jump"; readonly to: number }
  | { readonly kind: "save"; readonly slot: number; readonly isEnd: boolean }
  | { readonly kind: "again"; readonly slot: number }
  | { readonly kind: "line start" | "line end" | "match" };

export interface RegexProgram {
  readonly steps: readonly Step[];
  readonly ignoreCase: boolean;
  /** Texts that every match holds, in order; none where case is ignored. */
  readonly required: readonly string[];
  /** Whether a match may hold line breaks. */
  readonly crossesLines: boolean;
  /** Slots whose text is matched again, so that what they hold decides what comes after. */
  readonly repeatedSlots: readonly number[];
}

/** A repetition of a repetition multiplies. Assumed: no expression that a person writes has more (steps). */
export const maxSteps = 20_000;

/** Compiles; fails where counts multiply to too many steps. */
export function compileRegex(node: RegexNode, ignoreCase: boolean): Result<RegexProgram, string> {
  if (countSteps(node) > maxSteps) return fail(`its counts come to more than ${maxSteps} steps`);
  const steps: Step[] = [];
  emit(node, steps);
  steps.push({ kind: "match" });
  const repeatedSlots = steps.flatMap((step) => (step.kind === "again" ? [step.slot] : []));
  const required = ignoreCase ? [] : fixedTexts(node);
  return ok({ steps, ignoreCase, required, crossesLines: steps.some(takesLineBreak), repeatedSlots });
}

/** The runs of single characters that are no part of a choice or repetition. */
function fixedTexts(node: RegexNode): readonly string[] {
  const texts: string[] = [""];
  const visit = (part: RegexNode): void => {
    if (part.kind === "sequence") {
      for (const inner of part.parts) visit(inner);
      return;
    }
    const char = part.kind === "set" ? onlyChar(part.set) : "";
    if (part.kind === "capture") visit(part.part);
    else if (char === "") texts.push("");
    else texts.push(`${texts.pop() ?? ""}${char}`);
  };
  visit(node);
  return texts.filter((text) => text !== "");
}

/** The character of a set with one; empty for others. */
function onlyChar({ ranges, isNegated }: CharSet): string {
  const [only] = ranges;
  const isOne = !isNegated && ranges.length === 1 && only !== undefined && only[0] === only[1];
  return isOne ? String.fromCharCode(only[0]) : "";
}

function takesLineBreak(step: Step): boolean {
  return step.kind === "char" && isInSet(step.set, "\n".charCodeAt(0));
}

function countSteps(node: RegexNode): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((sum, part) => sum + countSteps(part), 0);
    case "either":
      return node.choices.reduce((sum, choice) => sum + countSteps(choice) + 2, 0);
    case "repeat":
      return (countSteps(node.part) + 2) * (node.max === Number.POSITIVE_INFINITY ? node.min + 1 : node.max);
    case "capture":
      return countSteps(node.part) + 2;
    default:
      return 1;
  }
}

/** Appends the steps of a node; `steps` is changed in place. */
function emit(node: RegexNode, steps: Step[]): void {
  switch (node.kind) {
    case "set":
      steps.push({ kind: "char", set: node.set });
      return;
    case "sequence":
      for (const part of node.parts) emit(part, steps);
      return;
    case "either":
      emitEither(node.choices, steps);
      return;
    case "repeat":
      emitRepeat(node, steps);
      return;
    case "capture":
      steps.push({ kind: "save", slot: node.slot, isEnd: false });
      emit(node.part, steps);
      steps.push({ kind: "save", slot: node.slot, isEnd: true });
      return;
    case "again":
    case "line start":
    case "line end":
      steps.push(node);
      return;
    default:
      node satisfies never;
  }
}

function emitEither(choices: readonly RegexNode[], steps: Step[]): void {
  const ends: number[] = [];
  for (const [index, choice] of choices.entries()) {
    const split = steps.length;
    const isLast = index === choices.length - 1;
    if (!isLast) steps.push({ kind: "jump", to: 0 });
    emit(choice, steps);
    if (isLast) break;
    ends.push(steps.length);
    steps.push({ kind: "jump", to: 0 });
    steps[split] = { kind: "split", first: split + 1, second: steps.length };
  }
  for (const end of ends) steps[end] = { kind: "jump", to: steps.length };
}

function emitRepeat({ part, min, max }: Extract<RegexNode, { kind: "repeat" }>, steps: Step[]): void {
  for (let count = 0; count < min; count++) emit(part, steps);
  if (max === Number.POSITIVE_INFINITY) {
    const split = steps.length;
    steps.push({ kind: "jump", to: 0 });
    emit(part, steps);
    steps.push({ kind: "jump", to: split });
    steps[split] = { kind: "split", first: split + 1, second: steps.length };
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count++) {
    splits.push(steps.length);
    steps.push({ kind: "jump", to: 0 });
    emit(part, steps);
  }
  for (const split of splits) steps[split] = { kind: "split", first: split + 1, second: steps.length };
}
