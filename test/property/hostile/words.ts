// What is written on the command line: pipelines of passes, read and run, and the words of whole calls, read.
import { expect } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { parsePipeline } from "../../../passes/pipeline-text.ts";
import { runPasses } from "../../../passes/run.ts";
import { type ParsedArgv, parseArgv } from "../../../src/cli/parse-argv.ts";
import { commandNames, commandSpec } from "../../../src/cli/specs.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { oddNames, oddNumbers } from "./damage.ts";
import { refusal, settle } from "./results.ts";

export const validPipelines: readonly string[] = [
  "canonicalize,constant-fold{max_elements=64},cse,dce",
  "constant-fold",
  "expand,canonicalize,fuse",
];
const graphs = parseGraphs({
  name: "program.tg",
  text: "graph g(x: f32[4, 8]) -> (y) { y = softmax(x * full(value=2, shape=[64, 8], dtype=f32)[0]) + 1 * 2 }",
});

export function usePipeline(text: string): string {
  const read = settle(parsePipeline(text, { from: "graph", to: "graph" }));
  if ("code" in read) return read.code;
  const target = targetByName("tiny");
  if (!graphs.ok || !target.ok) throw new Error("the program or the target is gone");
  const ran = runPasses(read.value, graphs.value[0] as Graph, { env: passEnv(target.value) });
  return ran.ok ? "taken" : refusal(ran.error);
}

/** The examples of the help, without `tgc` and where a shell puts the output. */
export const validCommandLines: readonly (readonly string[])[] = commandNames.flatMap((name) =>
  commandSpec(name).examples.flatMap((example) =>
    example.split(" && ").map((call) =>
      call
        .replace(/ >>? \S+$/, "")
        .split(" ")
        .slice(1),
    ),
  ),
);

/** A call with options of a command, their values whatever a person or a script may give. */
export function damageCommandLine(random: Random): readonly string[] {
  const command = random.pick(commandNames);
  const { args, options } = commandSpec(command);
  const odd = (): string =>
    random.pick([...oddNumbers, ...oddNames, "", "-", "--", "=", "T=1", "x=x.npy", "trn2", "-o", "naive"]);
  const words = Object.keys(args).map(odd);
  for (const [name, { kind }] of Object.entries(options)) {
    if (random.oneIn(3)) words.push(`--${name}`, ...(kind === "flag" ? [] : [random.oneIn(3) ? `T=${odd()}` : odd()]));
  }
  if (random.oneIn(4)) words.splice(random.below(words.length + 1), 0, odd());
  return [command, ...words];
}

export function useCommandLine(words: readonly string[]): string {
  const parsed: ParsedArgv = parseArgv(words, { columns: 80, version: () => "0.0.0" });
  if (parsed.kind === "usage") expect(parsed.message).not.toBe("");
  return parsed.kind === "call" ? "taken" : "refused";
}
