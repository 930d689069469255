// Shows a stream flat: loops run through, ring registers and loop indices replaced by numbers. The result is a stream
// that does the same, as long as the machine is patient; `tgc asm --unroll` prints it.

import { constant, type Extent, evalAffine, evalExtent, evalFlag } from "../../../ir-spec/affine.ts";
import type { Address, Argument, Instruction, Operand, Stream, StreamItem } from "../stream.ts";

/** The indices of the loops, and the ring registers of one queue. */
interface Registers {
  readonly indices: number[];
  readonly rings: number[];
}

/** Unrolls all loops of all queues; every queue has its own ring registers, which begin at 0. */
export function unrollStream(stream: Stream): Stream {
  const queues = stream.queues.map(({ queue, body }) => {
    const registers: Registers = { indices: [], rings: stream.rings.map(() => 0) };
    const flat: Instruction[] = [];
    unrollBody(stream, body, registers, flat);
    return { queue, body: flat };
  });
  return { ...stream, loops: [], rings: [], queues };
}

function unrollBody(stream: Stream, body: readonly StreamItem[], registers: Registers, flat: Instruction[]): void {
  for (const item of body) {
    if (item.kind === "inst") {
      flat.push(resolveInstruction(item, registers));
      continue;
    }
    const trips = evalExtent(item.trips, registers.indices);
    for (let index = 0; index < trips; index++) {
      registers.indices[item.loop] = index;
      unrollBody(stream, item.body, registers, flat);
      for (const ring of item.advance) {
        registers.rings[ring] = ((registers.rings[ring] ?? 0) + 1) % (stream.rings[ring]?.slots ?? 1);
      }
    }
    registers.indices[item.loop] = 0;
  }
}

function resolveInstruction(instruction: Instruction, registers: Registers): Instruction {
  const args: Record<string, Argument> = {};
  for (const [name, arg] of Object.entries(instruction.args)) args[name] = resolveArgument(arg, registers);
  return { ...instruction, args };
}

function resolveArgument(arg: Argument, registers: Registers): Argument {
  const { indices } = registers;
  if (arg.kind === "operand") return { kind: "operand", operand: resolveOperand(arg.operand, registers) };
  if (arg.kind === "flag") return { kind: "flag", flag: evalFlag(arg.flag, indices) };
  if (arg.kind === "affine") return { kind: "affine", affine: constant(evalAffine(arg.affine, indices)) };
  return arg;
}

function resolveOperand(operand: Operand, registers: Registers): Operand {
  const size = (extent: Extent): Extent => ({ max: evalExtent(extent, registers.indices) });
  const dims = operand.dims.map((dim) => ({ stride: dim.stride, size: size(dim.size) }));
  const address = resolveAddress(operand.address, registers);
  if (operand.memory === "hbm") return { ...operand, address, dims };
  return { ...operand, partitions: size(operand.partitions), address, dims };
}

function resolveAddress({ base, rings }: Address, registers: Registers): Address {
  let bytes = evalAffine(base, registers.indices);
  for (const { ring, scale } of rings) bytes += scale * (registers.rings[ring] ?? 0);
  return { base: constant(bytes), rings: [] };
}
