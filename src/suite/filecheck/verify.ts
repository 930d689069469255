// Holds a text to CHECK lines: first finds the labels, which cut the text into blocks, then goes through each block; a failure ends
// its block, and the next one is looked at all the same.

import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import type { Variables } from "./compile-pattern.ts";
import type { Directive } from "./directives.ts";
import { type Found, findPattern, type PatternSearch } from "./find-pattern.ts";
import { type Block, type DagRun, type Group, makeBlocks, makeDagRuns } from "./groups.ts";
import { mostAlike } from "./most-alike.ts";
import type { FileCheckOptions } from "./options.ts";

export interface Verification {
  readonly directives: readonly Directive[];
  /** Of the options, each with the text that must not come. */
  readonly implicit: readonly Directive[];
  /** The text as it is searched, blanks collapsed. */
  readonly output: Source;
  readonly options: FileCheckOptions;
  /** Changed in place: what variables hold. */
  readonly variables: Variables;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Changed in place while a block is gone through. */
interface BlockState {
  /** One past the last match. */
  position: number;
  /** Every positive match. */
  readonly matches: Range[];
}

/** A step that found something wrong ends its block. */
type Wrong = readonly Diagnostic[];
const fine: Wrong = [];

/** Everything that is wrong; the first failure of each block. */
export function verify(given: Verification): readonly Diagnostic[] {
  const blocks = makeBlocks(given.directives);
  const regions = findRegions(given, blocks);
  if (!Array.isArray(regions)) return [regions as Diagnostic];
  return blocks.flatMap((block, index) => {
    clearLocals(given, index);
    return verifyBlock(given, block, regions[index] as Range);
  });
}

function clearLocals({ options, variables }: Verification, blockIndex: number): void {
  if (!options.enableVarScope || blockIndex === 0) return;
  for (const held of [variables.texts, variables.numbers]) {
    for (const name of [...held.keys()]) if (!name.startsWith("$")) held.delete(name);
  }
}

/** Where each block is: up to the end of its label. */
function findRegions(given: Verification, blocks: readonly Block[]): readonly Range[] | Diagnostic {
  const regions: Range[] = [];
  let start = 0;
  for (const block of blocks) {
    const label = block.at(-1)?.main;
    if (label === undefined) {
      regions.push({ start, end: given.output.text.length });
      continue;
    }
    const found = find(given, label, { start, end: given.output.text.length });
    if (found.kind !== "found") return cannotFind(given, label, found, start);
    regions.push({ start, end: found.end });
    start = found.end;
  }
  return regions;
}

function find(given: Verification, directive: Directive, { start, end }: Range): Found {
  const search: PatternSearch = { ...given, directive, text: given.output.text };
  return findPattern(search, { from: start, to: end });
}

function verifyBlock(given: Verification, block: Block, region: Range): Wrong {
  const state: BlockState = { position: region.start, matches: [] };
  for (const group of block) {
    const wrong = verifyGroup(given, group, region, state);
    if (wrong.length > 0) return wrong;
  }
  return verifyImplicit(given, region, state.matches);
}

function verifyGroup(given: Verification, { before, main }: Group, region: Range, state: BlockState): Wrong {
  let nots: readonly Directive[] = [];
  for (const run of makeDagRuns(before)) {
    nots = run.nots;
    if (run.dags.length === 0) break;
    const wrong = verifyDags(given, run, region, state);
    if (wrong.length > 0) return wrong;
    nots = [];
  }
  const from = state.position;
  if (main === undefined) return verifyNots(given, nots, { start: from, end: region.end });
  const first = matchMain(given, main, region, state);
  if (Array.isArray(first)) return first;
  return verifyNots(given, nots, { start: from, end: (first as Range).start });
}

/** Matches a line that has its own place, as often as it says; gives the first match. */
function matchMain(given: Verification, main: Directive, region: Range, state: BlockState): Range | Wrong {
  let first: Range | undefined;
  for (let count = 0; count < main.count; count++) {
    const from = state.position;
    const found = find(given, main, { start: from, end: region.end });
    if (found.kind !== "found") return [cannotFind(given, main, found, from, count)];
    const misplaced = findMisplaced(given, main, { from, start: found.start, end: found.end });
    if (misplaced !== undefined) return [misplaced];
    state.position = found.end;
    state.matches.push({ start: found.start, end: found.end });
    first ??= found;
  }
  return first ?? { start: state.position, end: state.position };
}

/** DAG lines match in any order, never on top of each other. */
function verifyDags(given: Verification, { nots, dags }: DagRun, region: Range, state: BlockState): Wrong {
  const taken: Range[] = [];
  const from = state.position;
  for (const dag of dags) {
    let start = from;
    for (;;) {
      const found = find(given, dag, { start, end: region.end });
      if (found.kind !== "found") return [cannotFind(given, dag, found, start)];
      const over = taken.find((range) => range.start < found.end && found.start < range.end);
      const isSame = taken.some((range) => range.start === found.start && range.end === found.end);
      if (over === undefined && !isSame) {
        taken.push({ start: found.start, end: found.end });
        break;
      }
      start = Math.max(over?.end ?? found.end, start + 1);
    }
  }
  state.matches.push(...taken);
  state.position = Math.max(from, ...taken.map(({ end }) => end));
  return verifyNots(given, nots, { start: from, end: Math.min(...taken.map(({ start }) => start)) });
}

function verifyNots(given: Verification, nots: readonly Directive[], range: Range): Wrong {
  for (const not of nots) {
    const found = find(given, not, range);
    if (found.kind === "none") continue;
    if (found.kind !== "found") return [cannotFind(given, not, found, range.start)];
    return [excluded(given, not, found)];
  }
  return fine;
}

/** What the options exclude may be in no text that no line matched. */
function verifyImplicit(given: Verification, region: Range, matches: readonly Range[]): Wrong {
  if (given.implicit.length === 0) return fine;
  let start = region.start;
  for (const match of [...matches.toSorted((a, b) => a.start - b.start), { start: region.end, end: region.end }]) {
    const wrong = verifyNots(given, given.implicit, { start, end: Math.max(start, match.start) });
    if (wrong.length > 0) return wrong;
    start = Math.max(start, match.end);
  }
  return fine;
}

function spanIn(output: Source, start: number, end: number): Span {
  return { source: output, start, end };
}

function excluded({ output, implicit }: Verification, not: Directive, { start, end }: Range): Diagnostic {
  const directive = implicit.includes(not) ? "--implicit-check-not" : not.name;
  const text = output.text.slice(start, end);
  return at(problem("E1410", { directive, found: text }), not.span, [
    { text: "it is here", span: spanIn(output, start, end) },
  ]);
}

interface Placed extends Range {
  /** One past the match before. */
  readonly from: number;
}

const lineRules: Readonly<Partial<Record<Directive["kind"], { readonly breaks: number; readonly where: string }>>> = {
  next: { breaks: 1, where: "on the line after the match before" },
  empty: { breaks: 1, where: "on the line after the match before" },
  same: { breaks: 0, where: "on the line of the match before" },
};

function findMisplaced(
  { output }: Verification,
  { kind, name, span }: Directive,
  placed: Placed,
): Diagnostic | undefined {
  const rule = lineRules[kind];
  const breaks = output.text.slice(placed.from, placed.start).split("\n").length - 1;
  if (rule === undefined || breaks === rule.breaks) return undefined;
  const found = breaks === 0 ? "on the same line" : `${breaks} ${breaks === 1 ? "line" : "lines"} after it`;
  const before = Math.max(0, placed.from - 1);
  const notes: readonly Note[] = [
    { text: "the match before it ends here", span: spanIn(output, before, placed.from) },
    { text: "its own match is here", span: spanIn(output, placed.start, placed.end) },
  ];
  return at(problem("E1409", { directive: name, expected: rule.where, found }), span, notes);
}

/** What keeps a line from being found. `from` is where it was looked for, `count` how often it was found before. */
function cannotFind(
  { output, options }: Verification,
  directive: Directive,
  found: Exclude<Found, { kind: "found" }>,
  from: number,
  count = 0,
): Diagnostic {
  const { name, span } = directive;
  if (found.kind === "too much") return at(problem("E1415", { directive: name }), span);
  if (found.kind === "wrong")
    return at(problem("E1411", { directive: name, why: found.why }), directive.spanAt(found.offset));
  const text = span.source.text.slice(span.start, span.end);
  const replaced = found.replaced.map((each): Note => ({ text: `with ${each}` }));
  const counted = count === 0 ? [] : [{ text: `it was found ${count} of ${directive.count} times` }];
  const alike = mostAlike(output, from, options.ignoreCase ? text.toLowerCase() : text);
  const notes: readonly Note[] = [
    ...counted,
    ...replaced,
    { text: "it was looked for from here on", span: spanIn(output, from, from + 1) },
    ...(alike === undefined ? [] : [{ text: "this line is the most alike", span: alike }]),
  ];
  return at(
    problem("E1408", { directive: name, pattern: directive.kind === "empty" ? "an empty line" : `\`${text}\`` }),
    span,
    notes,
  );
}
