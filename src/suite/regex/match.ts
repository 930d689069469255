// Finds the leftmost match of an expression, and of those that begin there the longest. The work is bounded whatever the expression:
// no step is tried twice at one place of the text, so a search takes at most steps times characters, and where a variable's text is
// matched again, which can take more, it is counted and stopped.
// Source: the bounded backtracking of RE2 (R. Cox, "Regular Expression Matching in the Wild", 2010), with POSIX's longest match.

import { isInSet } from "./nodes.ts";
import type { RegexProgram, Step } from "./program.ts";

export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** The text of each capture. */
  readonly captures: ReadonlyMap<number, string>;
}

/** What is left of the work that a search may take; changed in place. */
export interface Budget {
  steps: number;
}

/** Assumed: some seconds of work. A plain expression of 50 steps searches 4 MB of text with it. */
export const maxSearchSteps = 200_000_000;

/** The same where a variable's text is matched again: what was tried is kept by what the variable held, which takes memory. */
const maxRepeatingSteps = 4_000_000;

/** The match, or that there is none, or that the budget was used up. */
export type SearchResult = RegexMatch | "none" | "too much";

/** Finds the first match that begins at `from` or later and ends at `to` at most. */
export function searchRegex(
  program: RegexProgram,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  budget: Budget,
): SearchResult {
  const fixed = fixedStart(program);
  if (program.repeatedSlots.length > 0) budget.steps = Math.min(budget.steps, maxRepeatingSteps);
  for (let start = nextStart(text, fixed, from); start <= to; ) {
    start = Math.max(start, nextLine(text, program, start));
    if (start > to) break;
    const lineBreak = program.crossesLines ? -1 : text.indexOf("\n", start);
    const end = lineBreak < 0 || lineBreak > to ? to : lineBreak;
    const found = searchWindow(program, text, { start, end }, budget);
    if (found !== "none") return found;
    start = nextStart(text, fixed, end + 1);
  }
  return "none";
}

/** The characters with which every match begins; none where case is ignored. */
function fixedStart({ steps, ignoreCase }: RegexProgram): string {
  let fixed = "";
  for (const step of steps) {
    if (ignoreCase || step.kind !== "char" || step.set.isNegated) break;
    const [only, ...more] = step.set.ranges;
    if (only === undefined || more.length > 0 || only[0] !== only[1]) break;
    fixed += String.fromCharCode(only[0]);
  }
  return fixed;
}

/** The beginning of the next line that has what every match holds. */
function nextLine(text: string, { required, crossesLines }: RegexProgram, from: number): number {
  const [first, ...others] = required;
  if (first === undefined || crossesLines) return from;
  for (let start = from; ; ) {
    const found = text.indexOf(first, start);
    if (found < 0) return Number.POSITIVE_INFINITY;
    const lineBreak = text.indexOf("\n", found);
    const end = lineBreak < 0 ? text.length : lineBreak;
    const line = others.length === 0 ? "" : text.slice(found + first.length, end);
    if (hasInOrder(line, others)) return text.lastIndexOf("\n", found) + 1;
    start = end + 1;
  }
}

function hasInOrder(line: string, texts: readonly string[]): boolean {
  let place = 0;
  return texts.every((text) => {
    const found = line.indexOf(text, place);
    place = found + text.length;
    return found >= 0;
  });
}

function nextStart(text: string, fixed: string, from: number): number {
  if (fixed === "") return from;
  const found = from > text.length ? -1 : text.indexOf(fixed, from);
  return found < 0 ? Number.POSITIVE_INFINITY : found;
}

interface Window {
  readonly start: number;
  readonly end: number;
}

/** One search within a line, or over all of the text. Changed in place: what was tried. */
interface Search {
  readonly program: RegexProgram;
  readonly text: string;
  readonly window: Window;
  readonly budget: Budget;
  readonly tried: Tried;
}

/** Says whether a step is tried at a place for the first time. */
type Tried = (step: number, place: number, slots: readonly number[]) => boolean;

/** What was tried at each place of a window takes at most so much (B). */
const maxTriedBytes = 2 ** 27;

function searchWindow(program: RegexProgram, text: string, window: Window, budget: Budget): SearchResult {
  if (program.steps.length * (window.end - window.start + 1) > maxTriedBytes) return "too much";
  const search: Search = { program, text, window, budget, tried: makeTried(program, window) };
  for (let start = window.start; start <= window.end; start++) {
    const found = matchAt(search, start);
    if (found !== "none") return found;
  }
  return "none";
}

function makeTried({ steps, repeatedSlots }: RegexProgram, { start, end }: Window): Tried {
  const width = end - start + 1;
  if (repeatedSlots.length === 0) {
    const seen = new Uint8Array(steps.length * width);
    return (step, place) => {
      const index = step * width + place - start;
      if (seen[index] === 1) return false;
      seen[index] = 1;
      return true;
    };
  }
  const seen = new Set<string>();
  return (step, place, slots) => {
    const held = repeatedSlots.map((slot) => `${slots[2 * slot]} ${slots[2 * slot + 1]}`);
    const key = `${step} ${place} ${held.join(" ")}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  };
}

/** What is to be done: try a step at a place, or give a slot back what it held before. */
type Task =
  | { readonly kind: "try"; readonly step: number; readonly place: number }
  | { readonly kind: "restore"; readonly index: number; readonly value: number };

/** The longest match that begins at `start`. */
function matchAt(search: Search, start: number): SearchResult {
  const slots: number[] = [];
  const tasks: Task[] = [{ kind: "try", step: 0, place: start }];
  let longest: RegexMatch | undefined;
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    if (--search.budget.steps < 0) return "too much";
    if (task.kind === "restore") {
      slots[task.index] = task.value;
      continue;
    }
    if (!search.tried(task.step, task.place, slots)) continue;
    const step = search.program.steps[task.step] as Step;
    const isLonger = step.kind === "match" && (longest === undefined || task.place > longest.end);
    if (isLonger) longest = { start, end: task.place, captures: capturesOf(search.text, slots) };
    else advance(search, step, task, { tasks, slots });
  }
  return longest ?? "none";
}

function capturesOf(text: string, slots: readonly number[]): ReadonlyMap<number, string> {
  const captures = new Map<number, string>();
  for (let slot = 0; 2 * slot + 1 < slots.length; slot++) {
    const [start, end] = [slots[2 * slot], slots[2 * slot + 1]];
    if (start !== undefined && end !== undefined) captures.set(slot, text.slice(start, end));
  }
  return captures;
}

/** Adds what comes after a step; `tasks` and `slots` are changed in place. */
function advance(
  search: Search,
  step: Step,
  { step: at, place }: { readonly step: number; readonly place: number },
  { tasks, slots }: { readonly tasks: Task[]; readonly slots: number[] },
): void {
  const { text, window } = search;
  const proceed = (to: number, next = at + 1): void => {
    tasks.push({ kind: "try", step: next, place: to });
  };
  switch (step.kind) {
    case "char":
      if (place < window.end && takes(search.program, step.set, text.charCodeAt(place))) proceed(place + 1);
      return;
    case "split":
      proceed(place, step.second);
      proceed(place, step.first);
      return;
    case "jump":
      proceed(place, step.to);
      return;
    case "save": {
      const index = 2 * step.slot + (step.isEnd ? 1 : 0);
      tasks.push({ kind: "restore", index, value: slots[index] as number });
      slots[index] = place;
      proceed(place);
      return;
    }
    case "again": {
      const held = text.slice(slots[2 * step.slot], slots[2 * step.slot + 1]);
      if (isSameText(search.program, held, text.slice(place, place + held.length)) && place + held.length <= window.end)
        proceed(place + held.length);
      return;
    }
    case "line start":
      if (place === 0 || text[place - 1] === "\n") proceed(place);
      return;
    case "line end":
      if (place === text.length || text[place] === "\n") proceed(place);
      return;
    case "match":
      return;
    default:
      step satisfies never;
  }
}

function isSameText({ ignoreCase }: RegexProgram, a: string, b: string): boolean {
  return ignoreCase ? a.toLowerCase() === b.toLowerCase() : a === b;
}

function takes({ ignoreCase }: RegexProgram, set: Parameters<typeof isInSet>[0], unit: number): boolean {
  if (!ignoreCase) return isInSet(set, unit);
  const sign = String.fromCharCode(unit);
  const cases = [unit, sign.toLowerCase().charCodeAt(0), sign.toUpperCase().charCodeAt(0)];
  return set.isNegated ? cases.every((each) => isInSet(set, each)) : cases.some((each) => isInSet(set, each));
}
