// Makes the text of MACHINE.md from the table of machine fields and the machine files.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { type Machine, machineFields, machineKeys } from "../../ir-spec/machine.ts";
import { energyFields, energyKeys } from "../../ir-spec/machine-energy.ts";
import { machineByName, machineNames } from "../../targets/neuron/machines/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const introduction = [
  "What a machine file says. Every number has its unit in its name, and a source: `documented: <where>`, `measured: <by whom>` or",
  "`assumed: <why>`. To describe a machine of your own, write a file that extends a shipped one and has only what differs, each number with its source, or",
  "one with every field, and give the file's path as the target. `tgc machine init` writes the beginning of both. A single number is changed with `--set`,",
  "as in `--target trn2 --set sbufBytesPerPartition=106496`.",
].join("\n");

const energyIntroduction = [
  "A machine file may have a second part, `energy`, with the energy of single actions, each with its source; all of them, or none. Then profiles, comparisons,",
  "sweeps and reports have an estimate: the count of each action times its energy ([METRICS.md](../METRICS.md)). It is rough: leakage, clocks and control are no",
  "action. It changes no program, and is no part of what tells machines apart. `--set` changes these numbers, too.",
].join("\n");

const form = `    {
      "schema": "tgc.machine/1",
      "name": "mine",
      "summary": "what it is",
      "extends": "trn2",
      "fields": {
        "sbufBytesPerPartition": { "value": 106496, "source": "assumed: what half of it would do" }
      }
    }`;

/** The text of MACHINE.md. */
export function machineMarkdown(): string {
  const machines = machineNames.map((name) => {
    const machine = machineByName(name);
    invariant(machine !== undefined, `machine ${name} is shipped`);
    return machine;
  });
  const parts = [
    "# Machines",
    generatedNote("`ir-spec/machine.ts` and the files in `targets/neuron/machines`"),
    introduction,
    form,
    "## Fields",
    markdownTable(["field", "unit", "range", "meaning"], machineKeys.map(fieldCells)),
    "## Energy",
    energyIntroduction,
    markdownTable(
      ["field", "unit", "action"],
      energyKeys.map((key) => [`\`${key}\``, energyFields[key].unit, energyFields[key].summary]),
    ),
    "## Shipped machines",
    markdownTable(
      ["field", ...machines.map(({ name }) => `\`${name}\``)],
      machineKeys.map((key) => valueCells(key, machines)),
    ),
    ...machines.map(sourceSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

function fieldCells(key: (typeof machineKeys)[number]): readonly string[] {
  const { unit, summary, min, max, integer } = machineFields[key];
  const range = `${printNumber(min)} to ${printNumber(max)}${integer ? ", whole" : ""}`;
  return [`\`${key}\``, unit, range, summary];
}

const valueCells = (key: (typeof machineKeys)[number], machines: readonly Machine[]): readonly string[] => [
  `\`${key}\``,
  ...machines.map((machine) => printNumber(machine[key])),
];

/** Where the numbers of one machine come from. */
function sourceSection(machine: Machine): string {
  const rows = machineKeys.map((key) => [`\`${key}\``, printNumber(machine[key]), machine.sources[key]]);
  const { energy } = machine;
  const energies = energy && energyKeys.map((key) => [`\`${key}\``, printNumber(energy[key]), energy.sources[key]]);
  const parts = [
    `### ${machine.name}`,
    `${machine.summary}.`,
    markdownTable(["field", "value", "source"], rows),
    ...(energies === undefined ? [] : [markdownTable(["energy", "value", "source"], energies)]),
  ];
  return parts.join("\n\n");
}
