// Machines for the accuracy tests.

import { invariant } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";

export function shippedMachine(name: string): Machine {
  const machine = machineByName(name);
  invariant(machine !== undefined, `${name} is shipped`);
  return machine;
}
