// `tgc machine`: is a machine file sound, what are its numbers and what do they add up to, how do two machines differ; and the
// beginning of a new file.

import { basename } from "node:path";
import { formatBytes, formatNs, toThreeDigits } from "../../../ir-spec/base/format-numbers.ts";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type Machine, machineFields, machineKeys } from "../../../ir-spec/machine.ts";
import { energyFields, energyKeys } from "../../../ir-spec/machine-energy.ts";
import { machineFingerprint } from "../../../targets/neuron/encode/hash.ts";
import { diffMachines } from "../../../targets/neuron/machines/diff.ts";
import { type MachineFacts, machineFacts } from "../../../targets/neuron/machines/facts.ts";
import { machineByName, machineNames, originalOfCopy } from "../../../targets/neuron/machines/index.ts";
import { writeMachine } from "../../../targets/neuron/machines/write.ts";
import { defaultMachineName } from "../../driver/targets.ts";
import { printMachine, printMachineDiff } from "../../report/print-machine.ts";
import { loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";

interface Call {
  readonly cwd: string;
  readonly given: Given<"machine">;
}

const actions: Readonly<Record<string, (call: Call) => CommandResult>> = {
  check: checkMachine,
  show: showMachine,
  diff: diffTwoMachines,
  init: initMachine,
};

export function machineCommand(given: Given<"machine">, { io }: CommandContext): CommandResult {
  const { action } = given.args;
  const names = Object.keys(actions);
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (run !== undefined) return run({ cwd: io.cwd, given });
  const { notes } = suggest(action, names);
  return stop([at(problem("E1311", { name: action, expected: names.join(", ") }), undefined, notes)]);
}

/** A machine that an argument names, with what is set of it. */
function loadMachine(call: Call, name: string | undefined, set = call.given.options.set): Result<Machine> {
  if (name === undefined) return fail([at(problem("E1111", { action: call.given.args.action }), undefined)]);
  const target = loadTarget(call.cwd, name, set);
  if (!target.ok) return target;
  const { kind, machine } = target.value;
  if (kind === "neuron") return ok(machine);
  return fail([at(problem("E1304", { name, expected: machineNames.join(", ") }), undefined)]);
}

function checkMachine(call: Call): CommandResult {
  const { file } = call.given.args;
  const loaded = loadMachine(call, file);
  if (!loaded.ok) return loaded;
  const machine = loaded.value;
  const sources = countSources(machine);
  const facts = machineFacts(machine);
  // The peak of bf16 and what it takes from HBM alone have been there first.
  const { bf16 = 0 } = facts.peakFlops;
  const json = {
    ...facts,
    peakFlops: bf16,
    balance: bf16 / machine.hbmBytesPerSecond,
    peakFlopsByFormat: facts.peakFlops,
  };
  return done(`${describe(machine, sources, facts).join("\n")}\n`, { file, name: machine.name, sources, ...json });
}

function showMachine(call: Call): CommandResult {
  const loaded = loadMachine(call, call.given.args.file);
  if (!loaded.ok) return loaded;
  const machine = loaded.value;
  const { name, summary } = machine;
  const fields = machineKeys.map((key) => [
    key,
    { value: machine[key], unit: machineFields[key].unit, source: machine.sources[key] },
  ]);
  const { energy } = machine;
  const energies = energyKeys.map((key) => [
    key,
    energy && { value: energy[key], unit: energyFields[key].unit, source: energy.sources[key] },
  ]);
  const json = {
    ...{ name, summary, fingerprint: machineFingerprint(machine), fields: Object.fromEntries(fields) },
    ...(energy && { energy: Object.fromEntries(energies) }),
  };
  return textTo(call.given.options.output, printMachine(machine), json);
}

/** `--set` applies to the second one. */
function diffTwoMachines(call: Call): CommandResult {
  const { file, other } = call.given.args;
  const before = loadMachine(call, file, []);
  // One machine with `--set` is compared with itself as it was.
  const after = loadMachine(call, other ?? (call.given.options.set.length > 0 ? file : undefined));
  if (!before.ok || !after.ok) return fail([...(before.ok ? [] : before.error), ...(after.ok ? [] : after.error)]);
  const differences = diffMachines(before.value, after.value);
  return ok({
    exitCode: differences.length > 0 ? 1 : 0,
    text: printMachineDiff(before.value, after.value, differences),
    json: { before: before.value.name, after: after.value.name, differences },
  });
}

/** The beginning of a machine file: what it extends and what it changes, or with `--full` every number. */
function initMachine(call: Call): CommandResult {
  const { output, full } = call.given.options;
  const loaded = loadMachine(call, call.given.args.file ?? defaultMachineName);
  if (!loaded.ok) return loaded;
  const machine = loaded.value;
  const name = output === undefined ? "mine" : basename(output, ".json");
  const original = originalOfCopy(machine.name) ?? machine.name;
  const base = full ? undefined : machineByName(original);
  const summary = `${original} with other numbers`;
  const text = writeMachine(machine, { name, summary, ...(base && { base }) });
  return textTo(output, text, { name, text });
}

function describe(machine: Machine, sources: SourceCounts, facts: MachineFacts): readonly string[] {
  const { name, summary, hbmBytes, hbmBytesPerSecond, dmaEngines, dmaDescriptorNs } = machine;
  const counts = Object.entries(sources).map(([kind, count]) => `${count} ${kind}`);
  return [
    showName(`${name}: ${summary}`),
    `  ${machineKeys.length} numbers: ${counts.join(", ")}`,
    `  one core: ${byFormat(facts.peakFlops, (flops) => `${(flops / 1e12).toFixed(1)} TFLOPS`)}`,
    `  HBM: ${formatBytes(hbmBytes)}, ${gigabytes(hbmBytesPerSecond)}; ${dmaEngines} DMA engines: ${gigabytes(facts.dmaBytesPerSecond)}`,
    `  what can arrive: ${gigabytes(facts.arrivingBytesPerSecond)}, bound by the ${facts.boundOfArriving}; descriptors of ${formatBytes(Math.round(facts.halfRateDescriptorBytes))} have half of it, as each costs ${toThreeDigits(dmaDescriptorNs)} ns`,
    `  ridge: ${byFormat(facts.ridgeFlopsPerByte, (intensity) => `${toThreeDigits(intensity)} flop/B`)}`,
    `  on chip: ${formatBytes(facts.sbufBytes)} of SBUF, filled in ${formatNs(facts.fillSbufNs)}; ${formatBytes(facts.psumBytes)} of PSUM`,
    `  a chip: ${machine.coresPerChip} cores, ${machine.coresPerHbmStack} to an HBM stack; while all of them are at work, ${gigabytes(facts.sharedBytesPerSecond)} arrive at each`,
    `  an instance: ${machine.chipsPerInstance} chips`,
  ];
}

/** `78.6 TFLOPS of bf16, 19.7 TFLOPS of f32` */
function byFormat(values: Readonly<Record<string, number>>, print: (value: number) => string): string {
  return Object.entries(values)
    .map(([format, value]) => `${print(value)} of ${format}`)
    .join(", ");
}

const gigabytes = (bytesPerSecond: number): string => `${toThreeDigits(bytesPerSecond / 1e9)} GB/s`;

type SourceCounts = Readonly<Record<string, number>>;

/** How many numbers are documented, measured and assumed. */
function countSources({ sources }: Machine): SourceCounts {
  const counts: Record<string, number> = { documented: 0, measured: 0, assumed: 0 };
  for (const key of machineKeys) {
    const kind = sources[key].split(":", 1)[0] ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
