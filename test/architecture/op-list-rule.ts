// A rule on facts about ops: they stand in the rows of the tables, so no code outside of them lists ops by name. Tables that are typed
// to be exhaustive have names as keys, which are no list; a rewrite rule says which ops it looks at.
import { opNames } from "../../ir-spec/ops/index.ts";
import { tileOpNames } from "../../ir-spec/tile-ops/index.ts";
import type { SourceFile } from "./source-files.ts";

const names: ReadonlySet<string> = new Set([...opNames, ...tileOpNames]);
const layers = /^(passes|targets|src)\//;
/**
 * What is no fact of the ops: the ops that a rewrite rule is about, a pattern that gives a kernel its name, names of instructions, and what random
 * programs are made of.
 */
const others =
  /^(passes\/graph\/(canonicalize\/[a-z-]+-rules|fuse\/kernel-names)|targets\/neuron\/isa\/.*|src\/diff\/stream\/.*|src\/find\/fuzz\/.*)/;
const maxNames = 2;

/** One line for each run of more than two names of ops that stand one after the other, with nothing but commas between. */
export function checkOpLists({ path, tokens }: SourceFile): readonly string[] {
  if (!layers.test(path) || others.test(path)) return [];
  const found: string[] = [];
  let run: { readonly name: string; readonly line: number }[] = [];
  const close = (): void => {
    const [first] = run;
    if (first !== undefined && run.length > maxNames)
      found.push(
        `${path}:${first.line}: a list of ops (${run.map(({ name }) => name).join(", ")}); say it in their rows`,
      );
    run = [];
  };
  for (const { kind, text, line } of tokens) {
    const name = kind === "string" ? text : "";
    if (names.has(name)) run.push({ name, line });
    else if (text !== ",") close();
  }
  close();
  return found;
}
