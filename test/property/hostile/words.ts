// What is written on the command line: pipelines of passes, read and run, and the words of whole calls, read.
import { expect } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import { runPasses } from "../../../passes/run.ts";
import { type ParsedArgv, parseArgv } from "../../../src/cli/parse-argv.ts";
import { commandNames, commandSpec } from "../../../src/cli/specs.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import type { Random } from "../random-choices.ts";
import { damageText, oddNames, oddNumbers } from "./damage.ts";
import { refusal, settle } from "./results.ts";

const pipelines: readonly string[] = [
  "canonicalize,constant-fold{max_elements=64},cse,dce",
  "constant-fold",
  "expand,canonicalize,fuse",
];
const graphs = parseGraphs({
  name: "program.tg",
  text: "graph g(x: f32[4, 8]) -> (y) { y = softmax(x * full(value=2, shape=[64, 8], dtype=f32)[0]) + 1 * 2 }",
});

export function usePipeline(random: Random): string {
  const read = settle(parsePipeline(damageText(random, random.pick(pipelines)), { from: "graph", to: "graph" }));
  if ("code" in read) return read.code;
  const target = targetByName("tiny");
  if (!graphs.ok || !target.ok) throw new Error("the program or the target is gone");
  const ran = runPasses(read.value, graphs.value[0] as Graph, { env: passEnv(target.value) });
  return ran.ok ? "taken" : refusal(ran.error);
}

/** A call with options of the command, their values whatever a person or a script may give. */
export function useCommandLine(random: Random): string {
  const command = random.pick(commandNames);
  const { args, options } = commandSpec(command);
  const odd = (): string =>
    random.pick([...oddNumbers, ...oddNames, "", "-", "--", "=", "T=1", "x=x.npy", "trn2", "-o", "naive"]);
  const words = Object.keys(args).map(odd);
  for (const [name, { kind }] of Object.entries(options)) {
    if (random.oneIn(3)) words.push(`--${name}`, ...(kind === "flag" ? [] : [random.oneIn(3) ? `T=${odd()}` : odd()]));
  }
  if (random.oneIn(4)) words.splice(random.below(words.length + 1), 0, odd());
  const parsed: ParsedArgv = parseArgv([command, ...words], { columns: 80, version: () => "0.0.0" });
  if (parsed.kind === "usage") expect(parsed.message).not.toBe("");
  return parsed.kind === "call" ? "taken" : "refused";
}
