// Tensors in HBM: one after the other, in the order of the program, and whether a core has room for them all.

import { formatBytes } from "../../../ir-spec/base/format-numbers.ts";
import { type BufferId, bufferId } from "../../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TensorRole, TileProgram } from "../../../ir-spec/tile.ts";
import { alignBytes, alignUp } from "../../../ir-spec/tile-size.ts";
import type { StreamTensor } from "../stream.ts";

interface PlacedTensor {
  readonly buffer: BufferId;
  readonly tensor: StreamTensor;
}

export function placeTensors(program: TileProgram): readonly PlacedTensor[] {
  let addressBytes = 0;
  return program.buffers.flatMap((buffer, index) => {
    if (buffer.memory !== "hbm") return [];
    const { name, dtype, shape, role = "temp", data } = buffer;
    const tensor = { name, dtype, shape, role, addressBytes, ...(data === undefined ? {} : { data }) };
    addressBytes = alignUp(addressBytes + tensorBytes(buffer), alignBytes);
    return [{ buffer: bufferId(index), tensor }];
  });
}

const roleWords: { readonly [R in TensorRole]: string } = {
  weight: "weights",
  state: "states",
  input: "inputs",
  output: "outputs",
  constant: "constants",
  temp: "temporaries",
};

/** What is wrong if the tensors need more HBM than a core has: one diagnostic, with the sizes of what there is. */
export function checkHbm(program: string, tensors: readonly StreamTensor[], machine: Machine): readonly Diagnostic[] {
  const last = tensors.at(-1);
  const neededBytes = last === undefined ? 0 : last.addressBytes + tensorBytes(last);
  if (neededBytes <= machine.hbmBytes) return [];
  const roles = Object.keys(roleWords) as readonly TensorRole[];
  const notes = roles.flatMap((role) =>
    describeRole(
      role,
      tensors.filter((tensor) => tensor.role === role),
    ),
  );
  const [needed, capacity] = [formatBytes(neededBytes), formatBytes(machine.hbmBytes)];
  return [at(problem("E0803", { program, needed, machine: machine.name, capacity }), undefined, notes)];
}

/** `weights: 14.9 GiB in 9 tensors, the largest w0 with 1.95 GiB` */
function describeRole(role: TensorRole, tensors: readonly StreamTensor[]): readonly Note[] {
  const sized = tensors.map((tensor) => ({ name: tensor.name, bytes: tensorBytes(tensor) }));
  const [largest] = sized.toSorted((a, b) => b.bytes - a.bytes);
  if (largest === undefined) return [];
  const total = formatBytes(sized.reduce((sum, { bytes }) => sum + bytes, 0));
  const which =
    sized.length === 1
      ? ` of ${largest.name}`
      : ` in ${sized.length} tensors, the largest ${largest.name} with ${formatBytes(largest.bytes)}`;
  return [{ text: `${roleWords[role]}: ${total}${which}` }];
}
