// `tgc machine check`: is a machine file sound, where do its numbers come from, and what do they add up to?

import { formatBytes, formatNs, toThreeDigits } from "../../../ir-spec/base/format-numbers.ts";
import { at, problem } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type Machine, machineKeys } from "../../../ir-spec/machine.ts";
import { type MachineFacts, machineFacts } from "../../../targets/neuron/machines/facts.ts";
import { loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

const actions = ["check"];

export function machineCommand({ args }: Given<"machine">, { io }: CommandContext): CommandResult {
  const { action, file } = args;
  if (!actions.includes(action)) {
    const { notes } = suggest(action, actions);
    const words = { name: action, expected: actions.join(", ") };
    return stop([at(problem("E1311", words), undefined, notes)]);
  }
  const target = loadTarget(io.cwd, file);
  if (!target.ok) return target;
  const { machine } = target.value;
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
