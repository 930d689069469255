// Tensors in HBM: where each is, and whether a core has room for them all.

import { formatBytes } from "../../../ir-spec/base/format-numbers.ts";
import { type BufferId, bufferId } from "../../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TensorRole, TileBuffer, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { alignBytes, alignUp } from "../../../ir-spec/tile-size.ts";
import type { StreamTensor } from "../stream.ts";
import { type Lifetime, packByLifetime } from "./lifetimes.ts";

interface PlacedTensor {
  readonly buffer: BufferId;
  readonly tensor: StreamTensor;
}

/**
 * Places temporaries by lifetime: two that no kernel needs at the same time, nor one kernel after the other, may share bytes, so a
 * kernel seldom waits for bytes that the one before it still uses. All other tensors have bytes of their own, below them.
 */
export function placeTensors(program: TileProgram): readonly PlacedTensor[] {
  const buffers = [...program.buffers.keys()].filter((index) => program.buffers[index]?.memory === "hbm");
  const addresses = new Map<number, number>();
  let endBytes = 0;
  for (const index of buffers) {
    const buffer = program.buffers[index] as TileBuffer;
    if (buffer.role === "temp") continue;
    addresses.set(index, endBytes);
    endBytes = alignUp(endBytes + tensorBytes(buffer), alignBytes);
  }
  for (const { item, offset } of packByLifetime(temporaries(program))) addresses.set(item, endBytes + offset);
  return buffers.map((index) => {
    const { name, dtype, shape, role = "temp", data } = program.buffers[index] as TileBuffer;
    const addressBytes = addresses.get(index) as number;
    const tensor = { name, dtype, shape, role, addressBytes, ...(data === undefined ? {} : { data }) };
    return { buffer: bufferId(index), tensor };
  });
}

/** Temporaries with the kernels in which they live. */
function temporaries({ kernels, buffers }: TileProgram): readonly Lifetime<number>[] {
  const lives = new Map<number, { first: number; last: number }>();
  const visit = (body: readonly TileStatement[], kernel: number): void => {
    for (const statement of body) {
      if (statement.kind === "loop") visit(statement.body, kernel);
      if (statement.kind !== "op") continue;
      for (const { buffer } of Object.values(statement.operands)) {
        if (buffers[buffer]?.role !== "temp") continue;
        lives.set(buffer, { first: lives.get(buffer)?.first ?? kernel, last: kernel });
      }
    }
  };
  for (const [index, { body }] of kernels.entries()) visit(body, index);
  return buffers.flatMap((buffer, item) => {
    if (buffer.role !== "temp") return [];
    const { first, last } = lives.get(item) ?? { first: 0, last: kernels.length };
    return [{ item, first, last: last + 1, bytes: alignUp(tensorBytes(buffer), alignBytes) }];
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
export function checkHbm(
  program: TileProgram,
  tensors: readonly StreamTensor[],
  machine: Machine,
): readonly Diagnostic[] {
  const ends = tensors.map((tensor) => tensor.addressBytes + tensorBytes(tensor));
  const neededBytes = ends.reduce((largest, end) => Math.max(largest, end), 0);
  if (neededBytes <= machine.hbmBytes) return [];
  const roles = Object.keys(roleWords) as readonly TensorRole[];
  const notes = roles.flatMap((role) =>
    describeRole(
      role,
      tensors.filter((tensor) => tensor.role === role),
    ),
  );
  const [needed, capacity] = [formatBytes(neededBytes), formatBytes(machine.hbmBytes)];
  const args = { program: program.name, needed, machine: machine.name, capacity };
  return [at(problem("E0803", args), undefined, [...notes, ...describeWorstKernel(program)])];
}

/** `weights: 14.9 GiB in 9 tensors, the largest w0 with 1.95 GiB`; tensors that share bytes count once. */
function describeRole(role: TensorRole, tensors: readonly StreamTensor[]): readonly Note[] {
  const sized = tensors.map((tensor) => ({ name: tensor.name, bytes: tensorBytes(tensor) }));
  const [largest] = sized.toSorted((a, b) => b.bytes - a.bytes);
  if (largest === undefined) return [];
  const which =
    sized.length === 1
      ? ` of ${largest.name}`
      : ` in ${sized.length} tensors, the largest ${largest.name} with ${formatBytes(largest.bytes)}`;
  return [{ text: `${roleWords[role]}: ${formatBytes(coveredBytes(tensors))}${which}` }];
}

/** Temporaries that are listed one by one. Assumed: the small ones make no difference. */
const mostListed = 8;

/** The kernel at which most bytes of temporaries are needed at once, and those: what fusion could keep on chip. */
function describeWorstKernel(program: TileProgram): readonly Note[] {
  const lives = temporaries(program);
  const liveAt = (kernel: number) => lives.filter(({ first, last }) => first <= kernel && kernel < last);
  const bytesAt = new Array<number>(program.kernels.length).fill(0);
  for (const { first, last, bytes } of lives)
    for (let kernel = first; kernel < Math.min(last, bytesAt.length); kernel++)
      bytesAt[kernel] = (bytesAt[kernel] ?? 0) + bytes;
  const worst = bytesAt.reduce((most, bytes, kernel) => (bytes > (bytesAt[most] ?? 0) ? kernel : most), 0);
  const live = liveAt(worst).sort((a, b) => b.bytes - a.bytes);
  if (live.length < 2) return [];
  const nameOf = (kernel: number): string => program.kernels[kernel]?.name ?? "";
  const shown = live.slice(0, mostListed).map(({ item, first, last, bytes }) => {
    const until = last - 1 === first ? "" : ` to ${nameOf(last - 1)}`;
    return `${program.buffers[item]?.name} ${formatBytes(bytes)} (${nameOf(first)}${until})`;
  });
  const more = live.length > shown.length ? `, and ${live.length - shown.length} more` : "";
  return [{ text: `most temporaries at once in kernel ${nameOf(worst)}: ${shown.join(", ")}${more}` }];
}

/** Bytes that at least one of the tensors takes. */
function coveredBytes(tensors: readonly StreamTensor[]): number {
  let [covered, endBytes] = [0, 0];
  for (const tensor of tensors.toSorted((a, b) => a.addressBytes - b.addressBytes)) {
    const end = tensor.addressBytes + tensorBytes(tensor);
    covered += Math.max(0, end - Math.max(endBytes, tensor.addressBytes));
    endBytes = Math.max(endBytes, end);
  }
  return covered;
}
