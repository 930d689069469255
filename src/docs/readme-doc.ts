// The part of README.md that is generated: what `tgc profile` prints of a sample, between two comments.

import { invariant, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { profileGraph } from "../driver/profile.ts";
import { defaultMachineName, targetByName } from "../driver/targets.ts";
import { printProfile } from "../report/print-profile.ts";

const [start, end] = ["<!-- profile: by `npm run docs` -->", "<!-- end of profile -->"];

/** README.md with the profile as it is now; `sample` is the program, called as the command there calls it. */
export function readmeMarkdown(readme: string, sample: Source): string {
  const [before, rest = ""] = readme.split(start);
  const [, after] = rest.split(end);
  invariant(before !== undefined && after !== undefined, "README.md has a place for the profile");
  const lines = [`npx tgc profile ${sample.name}`, "", ...profileLines(sample)];
  const block = lines.map((line) => (line === "" ? "" : `    ${line}`));
  return [before, start, "\n\n", block.join("\n"), "\n\n", end, after].join("");
}

/** Totals, engines and kernels; waits and the critical path are wider than a page of text. */
function profileLines(sample: Source): readonly string[] {
  const { graph } = compiledOf(loadGraph(sample, {}));
  const target = compiledOf(targetByName(defaultMachineName));
  const text = printProfile(compiledOf(profileGraph(graph, { target, strategy: "heuristic" })));
  const [shown = ""] = text.split("\nschedule chosen");
  return [...shown.trimEnd().split("\n"), "..."];
}

function compiledOf<T>(result: Result<T>): T {
  invariant(result.ok, "the sample of README.md is compiled");
  return result.value;
}
