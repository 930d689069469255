// The benchmarks: `npm run bench`, with `--json` for a program to read, and words to pick benchmarks by name. Runs
// bundled (bundled.ts), in the repository's root, with the command as it was last built. The numbers mean little on a machine
// that does other work.
import { left, right, textTable } from "../../src/report/text-table.ts";
import { checkBenchmarks } from "./check.ts";
import { compilerBenchmarks } from "./compiler.ts";
import { type Measured, measureBenchmark } from "./measure.ts";
import { memoryBenchmarks } from "./memory.ts";
import { simulatorBenchmarks } from "./simulator.ts";

/** Three figures, with a separator for thousands. */
function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}

function row({ name, unit, median, least, most, goal, timesGoal }: Measured): readonly string[] {
  const goalCells = goal === undefined ? ["", ""] : [figure(goal), figure(timesGoal ?? 0)];
  return [name, unit, figure(median), figure(least), figure(most), ...goalCells];
}

function main(words: readonly string[]): void {
  const names = words.filter((word) => !word.startsWith("--"));
  const isChosen = (name: string) => names.length === 0 || names.some((word) => name.includes(word));
  const all = [...simulatorBenchmarks, ...compilerBenchmarks, ...checkBenchmarks, ...memoryBenchmarks];
  const results = all.filter(({ name }) => isChosen(name)).map(measureBenchmark);
  if (words.includes("--json")) {
    console.log(JSON.stringify({ node: process.version, results }, undefined, 2));
    return;
  }
  const headings = [left("benchmark"), left("unit"), ...["median", "least", "most", "goal", "times goal"].map(right)];
  console.log(textTable(headings, results.map(row)));
}

main(process.argv.slice(2));
