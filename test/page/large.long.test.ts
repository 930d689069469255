// The report of a large program: GPT-2 of twelve layers with all its events, in a page that browsers open.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { invariant } from "../../ir-spec/base/result.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { pageHtml } from "../../src/page/page-html.ts";
import { reportData } from "../../src/page/report-data.ts";
import { rootDirectory } from "../architecture/source-files.ts";

test("GPT-2 of twelve layers is under 20 MB", () => {
  const name = "samples/gpt2-stack.tg";
  const source = { name, text: readFileSync(join(rootDirectory, name), "utf8") };
  const loaded = loadGraph(source, { dims: { L: 12, T: 1024, D: 768, H: 12 } });
  const target = targetByName("trn2");
  invariant(loaded.ok && target.ok, "the sample is right");
  const data = reportData(source, loaded.value.graph, { target: target.value, strategy: "heuristic" });
  invariant(data.ok, JSON.stringify(data));
  const { length: events } = data.value.timeline.queue;
  expect(events).toBeGreaterThan(50_000);
  const last = data.value.timeline.endNs[events - 1] ?? 0;
  expect(last).toBeGreaterThan(0.9 * data.value.timeNs);
  expect(pageHtml(data.value, { script: "", style: "" }).length).toBeLessThan(20_000_000);
});
