// The schedules that the documents show do what they say: they are run, and each kernel has the fields that are given for it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { scheduleTablesMarkdown } from "../../../src/docs/schedules-doc.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { takeSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseModule } from "../../../src/text/index.ts";
import { unwrap } from "../passes/support.ts";

const read = (path: string): string => readFileSync(path, "utf8");

const blocks = (page: string): readonly string[] =>
  [...page.matchAll(/```\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

/** The only schedule among the blocks of a page. */
function scheduleOf(page: string): string {
  const found = blocks(page).filter((text) => text.startsWith("schedule "));
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

const grammar = read("ir-spec/GRAMMAR.md");

test.each([
  { name: "SCHEDULES.md", program: read("samples/attention.tg"), schedule: scheduleOf(scheduleTablesMarkdown()) },
  { name: "GRAMMAR.md", program: blocks(grammar)[0] ?? "", schedule: scheduleOf(grammar) },
])("the schedule of $name", ({ program, schedule: text }) => {
  const { graph } = unwrap(loadGraph({ name: "mlp.tg", text: program }, {}));
  const { module, diagnostics } = parseModule({ name: "schedule.tg", text });
  expect(diagnostics).toEqual([]);
  const { schedule } = unwrap(takeSchedule(module, graph.name, undefined));
  const target = unwrap(targetByName("trn2"));
  const { kernels } = unwrap(graphToTiles(graph, { target, strategy: "heuristic", schedule })).value;
  const own = schedule.kernels.find(({ kernel }) => kernel !== "*");
  const shown = kernels.find(({ name }) => name === own?.kernel)?.schedule ?? "";
  for (const [field, value] of Object.entries(own?.fields ?? {})) {
    const printed = Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
    expect(shown).toContain(`${field}=${printed}`);
  }
  // The others have what is said of all.
  expect(kernels.find(({ name }) => name !== own?.kernel)?.schedule).toContain("slots_out=4");
});
