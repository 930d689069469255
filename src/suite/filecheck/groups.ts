// The order in which CHECK lines are looked at: a group is a line that has its own place, with the NOT and DAG lines before it; a
// block is the groups up to a label.

import type { Directive } from "./directives.ts";

export interface Group {
  /** DAG and NOT lines, in order. */
  readonly before: readonly Directive[];
  /** Absent at the end of the text. */
  readonly main: Directive | undefined;
}

/** The last group of a block is a label's, or the one at the end. */
export type Block = readonly Group[];

export function makeBlocks(directives: readonly Directive[]): readonly Block[] {
  const blocks: Group[][] = [[]];
  let before: Directive[] = [];
  for (const directive of directives) {
    if (directive.kind === "not" || directive.kind === "dag") {
      before.push(directive);
      continue;
    }
    blocks.at(-1)?.push({ before, main: directive });
    before = [];
    if (directive.kind === "label") blocks.push([]);
  }
  blocks.at(-1)?.push({ before, main: undefined });
  return blocks;
}

/** Runs of DAG lines, each with the NOT lines before it; the last one has no DAG lines but for NOT lines at the end. */
export interface DagRun {
  readonly nots: readonly Directive[];
  readonly dags: readonly Directive[];
}

export function makeDagRuns(before: readonly Directive[]): readonly DagRun[] {
  const runs: { nots: Directive[]; dags: Directive[] }[] = [{ nots: [], dags: [] }];
  for (const directive of before) {
    const last = runs.at(-1);
    if (directive.kind === "dag") last?.dags.push(directive);
    else if (last?.dags.length === 0) last.nots.push(directive);
    else runs.push({ nots: [directive], dags: [] });
  }
  return runs;
}
