// Machine fields beyond one core: cores that share a chip, chips that share links. Part of the table in machine.ts.
// Links form a torus of torusX * torusY chips within an instance; torusZ instances are joined chip by chip. A ring is a
// torus of one dimension. Where the links are switched, the same numbers say how many chips are near and how many far.

import { ability, integer, type MachineField, real } from "./machine-field.ts";

const bandwidth = (what: string): MachineField => real("B/s", what, 0);

export const systemFields = {
  coresPerChip: integer("cores", "cores of one chip"),
  coresPerHbmStack: integer("cores", "cores that share one HBM stack and its bandwidth"),
  hbmStackBytesPerSecond: bandwidth("bandwidth of one HBM stack, reads and writes together"),
  chipHbmBytesPerSecond: bandwidth("HBM bandwidth of a chip, as documented for the chip"),
  collectiveCores: integer("sequencers", "sequencers of collective operations for each core", 0),
  chipsPerInstance: integer("chips", "chips of one instance"),
  torusX: integer("chips", "chips along the first dimension of an instance's links"),
  torusY: integer("chips", "chips along the second dimension of an instance's links"),
  torusZ: integer("instances", "instances joined into a ring by links of their own"),
  linksSwitched: ability("links go through switches, not from chip to chip"),
  linksPerChip: integer("links", "links of one chip", 0),
  chipLinkBytesPerSecond: bandwidth("all links of one chip, both directions together"),
  linkBytesPerSecond: bandwidth("one link within an instance, both directions together"),
  farLinkBytesPerSecond: bandwidth("one link between instances, both directions together; 0 where there is none"),
  linkHopNs: real("ns", "from one chip to its neighbour within an instance"),
  farHopNs: real("ns", "from one instance to the next"),
  networkBytesPerSecond: bandwidth("network of one instance, each direction; 0 where it is not known"),
} as const satisfies Readonly<Record<string, MachineField>>;
