// Memory ports that two engines take turns on: the vector and the scalar engine on PSUM banks, on some machines the vector
// and the general engine on SBUF. One instruction holds a port while it issues.
// Source: AWS Neuron SDK documentation, NKI guides for Trainium and Trainium2. Assumed: who comes first goes first, and holds
// the port for all of its issue time.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { UnitName } from "../isa/define.ts";
import type { Stretch } from "./operands.ts";

/** Who holds each port until when; changed in place. The last one is SBUF's. */
export interface Ports {
  readonly holder: (UnitName | undefined)[];
  readonly untilNs: Float64Array;
}

export function makePorts(machine: Machine): Ports {
  const count = Math.ceil(machine.psumBanks / machine.psumPortBanks) + 1;
  return { holder: new Array<UnitName | undefined>(count).fill(undefined), untilNs: new Float64Array(count) };
}

/** The ports that an instruction needs; none on engines that share none. */
export function portsOf(stretches: readonly Stretch[], unit: UnitName, machine: Machine): readonly number[] {
  const needed = new Set<number>();
  const bytesPerPort = machine.psumBankBytesPerPartition * machine.psumPortBanks;
  const sbufPort = Math.ceil(machine.psumBanks / machine.psumPortBanks);
  for (const { memory, firstByte, endByte } of stretches) {
    if (memory === "psum" && (unit === "act" || unit === "dve")) {
      const last = Math.min(sbufPort - 1, Math.floor((endByte - 1) / bytesPerPort));
      for (let port = Math.floor(firstByte / bytesPerPort); port <= last; port++) needed.add(port);
    }
    if (memory === "sbuf" && machine.sbufPorts === 1 && (unit === "dve" || unit === "pool")) needed.add(sbufPort);
  }
  return [...needed];
}

/** The earliest time from `fromNs` on at which no other engine holds one of the ports. */
export function portsFreeNs(ports: Ports, needed: readonly number[], unit: UnitName, fromNs: number): number {
  let freeNs = fromNs;
  for (const port of needed) {
    if (ports.holder[port] !== unit) freeNs = Math.max(freeNs, ports.untilNs[port]!);
  }
  return freeNs;
}

export function holdPorts(ports: Ports, needed: readonly number[], unit: UnitName, untilNs: number): void {
  for (const port of needed) {
    ports.holder[port] = unit;
    ports.untilNs[port] = untilNs;
  }
}
