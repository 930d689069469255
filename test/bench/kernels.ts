// `npm run bench:kernels`: the time of emitted code against the floor of its graph, for the kernels that transformers are made of.
// Words pick cases by name; `--targets trn1,trn2` picks machines (trn2 by default), `--json` prints for a program to read. The
// ratio counts launch, end, the first load and the last store into the floor: no program is without them.
import { parseArgs } from "node:util";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import { formatBytes, formatNs } from "../../ir-spec/base/format-numbers.ts";
import type { Result } from "../../ir-spec/base/result.ts";
import type { LoadedGraph } from "../../src/driver/choose-graph.ts";
import { type Profile, profileGraph } from "../../src/driver/profile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { left, right, textTable } from "../../src/report/text-table.ts";
import { casesOf, type KernelCase, loadCase } from "./kernel-cases.ts";

interface KernelResult {
  readonly name: string;
  readonly machine: string;
  readonly compileAndSimulateS: number;
  readonly profile: Result<Profile>;
}

function measure(each: KernelCase, machine: string): KernelResult {
  const { name } = each;
  const start = performance.now();
  const loaded = loadCase(each);
  const target = targetByName(machine);
  const profile = profileOf(loaded, target);
  return { name, machine, compileAndSimulateS: (performance.now() - start) / 1000, profile };
}

function profileOf(loaded: Result<LoadedGraph>, target: ReturnType<typeof targetByName>): Result<Profile> {
  if (!loaded.ok) return loaded;
  return target.ok ? profileGraph(loaded.value.graph, { target: target.value, strategy: "heuristic" }) : target;
}

/** One line of the table; a case that fails says why in place of its time. */
function row({ name, machine, compileAndSimulateS, profile }: KernelResult): readonly string[] {
  const took = `${compileAndSimulateS.toFixed(1)} s`;
  if (!profile.ok) {
    const [first] = profile.error;
    const why = first === undefined ? "failed" : `${first.code}: ${errorMessage(first.code, first.args)}`;
    return [name, machine, why, "", "", "", "", took];
  }
  const { timeNs, bound, hbm, kernels } = profile.value;
  const floorNs = bound.graphFloorNs ?? Number.NaN;
  const bytes = formatBytes(hbm.readBytes + hbm.writeBytes);
  const floor = `${formatNs(floorNs)} ${bound.graphFloor?.kind ?? ""}`;
  return [name, machine, formatNs(timeNs), floor, (timeNs / floorNs).toFixed(2), bytes, String(kernels.length), took];
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { targets: { type: "string", default: "trn2" }, json: { type: "boolean", default: false } },
  });
  const chosen = casesOf(positionals);
  const results = chosen.flatMap((each) => values.targets.split(",").map((machine) => measure(each, machine)));
  if (values.json) {
    console.log(JSON.stringify(results, undefined, 2));
    return;
  }
  const headings = ["time", "floor", "ratio", "HBM bytes", "kernels", "took"].map(right);
  console.log(textTable([left("case"), left("machine"), ...headings], results.map(row)));
}

main();
