// `tgc machine check`: is a machine file sound, where do its numbers come from, and what do they add up to?

import { at, problem } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type Machine, machineKeys } from "../../../ir-spec/machine.ts";
import { loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

const actions = ["check"];

export function machineCommand({ args }: Given<"machine">, { io }: CommandContext): CommandResult {
  const { action, file } = args;
  if (!actions.includes(action)) {
    const { notes } = suggest(action, actions);
    return stop([at(problem("E1311", { name: action, wanted: actions.join(", ") }), undefined, notes)]);
  }
  const target = loadTarget(io.cwd, file);
  if (!target.ok) return target;
  const { machine } = target.value;
  const sources = countSources(machine);
  const derived = derive(machine);
  const lines = [
    showName(`${machine.name}: ${machine.summary}`),
    `  ${machineKeys.length} numbers: ${Object.entries(sources)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ")}`,
    `  one core: ${(derived.peakFlops / 1e12).toFixed(1)} TFLOPS of bf16, ${(machine.hbmBytesPerSecond / 1e9).toFixed(0)} GB/s of HBM, ${derived.balance.toFixed(0)} flop/B between them`,
    `  on chip: ${mebibytes(derived.sbufBytes)} of SBUF, ${mebibytes(derived.psumBytes)} of PSUM`,
    `  a chip: ${machine.coresPerChip} cores; an instance: ${machine.chipsPerInstance} chips`,
  ];
  return done(`${lines.join("\n")}\n`, { file, name: machine.name, sources, ...derived });
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(bytes < 1024 ** 2 ? 3 : 1)} MiB`;

/** How many numbers are documented, measured and assumed. */
function countSources({ sources }: Machine): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { documented: 0, measured: 0, assumed: 0 };
  for (const key of machineKeys) {
    const kind = sources[key].split(":", 1)[0] ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Numbers that people compare with data sheets: a multiply-add of each cell of the array in each cycle. */
function derive(machine: Machine) {
  const peakFlops = 2 * machine.peRows * machine.peColumns * machine.peClockHz;
  return {
    peakFlops,
    balance: peakFlops / machine.hbmBytesPerSecond,
    sbufBytes: machine.partitions * machine.sbufBytesPerPartition,
    psumBytes: machine.partitions * machine.psumBanks * machine.psumBankBytesPerPartition,
  };
}
