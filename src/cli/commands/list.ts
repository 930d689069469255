// `tgc list`: what there is of a kind, one line each.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, errorRow, errors } from "../../../ir-spec/base/errors/index.ts";
import { at, problem } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { opDef, opNames } from "../../../ir-spec/ops/index.ts";
import { passDef, passNames } from "../../../passes/index.ts";
import { instDef, instNames } from "../../../targets/neuron/isa/index.ts";
import { machineByName, machineNames } from "../../../targets/neuron/machines/index.ts";
import { targetKinds } from "../../driver/targets.ts";
import { type CommandResult, done, stop } from "../outcome.ts";
import { commandNames, commandSpec, type Given } from "../specs.ts";
import { packageFolder } from "../version.ts";

interface Item {
  readonly name: string;
  readonly summary: string;
}

const lists: Readonly<Record<string, () => readonly Item[]>> = {
  ops: () => opNames.map((name) => ({ name, summary: opDef(name).summary })),
  passes: () => passNames.map((name) => ({ name, summary: passDef(name).summary })),
  insts: () => instNames.map((name) => ({ name, summary: instDef(name).summary })),
  machines: () => machineNames.map((name) => ({ name, summary: machineByName(name)?.summary ?? "" })),
  targets: () => [
    ...machineNames.map((name) => ({
      name,
      summary: `${targetKinds.neuron.summary}: ${machineByName(name)?.summary}`,
    })),
    { name: "webgpu", summary: targetKinds.webgpu.summary },
  ],
  errors: () => (Object.keys(errors) as ErrorCode[]).sort().map((name) => ({ name, summary: errorRow(name).title })),
  samples: listSamples,
  commands: () => commandNames.map((name) => ({ name, summary: commandSpec(name).summary })),
};

export function listCommand({ args: { what } }: Given<"list">): CommandResult {
  const names = Object.keys(lists);
  const items = Object.hasOwn(lists, what) ? lists[what]?.() : undefined;
  if (items === undefined) {
    return stop([
      at(problem("E1311", { name: what, expected: names.join(", ") }), undefined, suggest(what, names).notes),
    ]);
  }
  const width = Math.max(0, ...items.map(({ name }) => name.length));
  const text = items.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`.trimEnd()).join("\n");
  return done(items.length === 0 ? "" : `${text}\n`, { what, items });
}

/** The programs that come with tgc, each with the first line of its comment. */
function listSamples(): readonly Item[] {
  const folder = join(packageFolder(), "samples");
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".tg"));
  return names.sort().map((name) => {
    const [first = ""] = readFileSync(join(folder, name), "utf8").split("\n", 1);
    return { name: `samples/${name}`, summary: first.replace(/^\/\/ ?/, "").replace(/\.$/, "") };
  });
}
