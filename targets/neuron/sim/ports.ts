// Memory ports that two engines take turns on: the vector and the scalar engine on PSUM banks, on some machines the vector
// and the general engine on SBUF. One instruction holds a port while it issues.
// Source: AWS Neuron SDK documentation, NKI guides for Trainium and Trainium2. Assumed: who comes first goes first, and holds
// the port for all of its issue time.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { UnitName } from "../isa/define.ts";
import type { ChipAccess } from "./operands.ts";

/** Who holds each port until when; changed in place. The last one is SBUF's. */
export interface Ports {
  readonly holder: (UnitName | "nobody")[];
  readonly untilNs: Float64Array;
  /** Bytes of PSUM after one port, in each partition (B). */
  readonly psumBytes: number;
  readonly sbufPort: number;
  /** Whether the vector and the general engine take turns on SBUF. */
  readonly isSbufShared: boolean;
}

export function makePorts(machine: Machine): Ports {
  const { psumBanks, psumPortBanks, psumBankBytesPerPartition, sbufPorts } = machine;
  const sbufPort = Math.ceil(psumBanks / psumPortBanks);
  return {
    holder: new Array<UnitName | "nobody">(sbufPort + 1).fill("nobody"),
    untilNs: new Float64Array(sbufPort + 1),
    psumBytes: psumBankBytesPerPartition * psumPortBanks,
    sbufPort,
    isSbufShared: sbufPorts === 1,
  };
}

/** The ports that an instruction needs, a bit for each; 0 on engines that share none. */
export function portsOf(accesses: readonly ChipAccess[], unit: UnitName, ports: Ports): number {
  const { psumBytes, sbufPort } = ports;
  const sharesPsum = unit === "act" || unit === "dve";
  const sharesSbuf = ports.isSbufShared && (unit === "dve" || unit === "pool");
  let needed = 0;
  for (const { memory, firstByte, endByte } of accesses) {
    if (sharesPsum && memory === "psum") {
      const last = Math.min(sbufPort - 1, Math.floor((endByte - 1) / psumBytes));
      for (let port = Math.floor(firstByte / psumBytes); port <= last; port++) needed |= 1 << port;
    }
    if (sharesSbuf && memory === "sbuf") needed |= 1 << sbufPort;
  }
  return needed;
}

/** The earliest time from `fromNs` on at which no other engine holds one of the ports. */
export function portsFreeNs(ports: Ports, needed: number, unit: UnitName, fromNs: number): number {
  let freeNs = fromNs;
  for (let port = 0; needed >>> port !== 0; port++) {
    const isNeeded = ((needed >>> port) & 1) === 1;
    if (isNeeded && ports.holder[port] !== unit) freeNs = Math.max(freeNs, ports.untilNs[port]!);
  }
  return freeNs;
}

export function holdPorts(ports: Ports, needed: number, unit: UnitName, untilNs: number): void {
  for (let port = 0; needed >>> port !== 0; port++) {
    if (((needed >>> port) & 1) === 0) continue;
    ports.holder[port] = unit;
    ports.untilNs[port] = untilNs;
  }
}
