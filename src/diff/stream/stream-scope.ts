// What the parts of a stream are called in its normal form. Within a kernel: buffers after what fills them, ring registers, and
// semaphores by their two queues, each in the order of first use; loops by their depth. What is of other kernels: tensors and
// kernels after what they write.

import type { LoopId, RingId, SemId } from "../../../ir-spec/base/ids.ts";
import { printName, takeName } from "../../../ir-spec/base/names.ts";
import { makeScope, type Scoped } from "../../../ir-spec/base/scoped.ts";
import type {
  Address,
  ChipOperand,
  Instruction,
  Placement,
  Stream,
  StreamItem,
} from "../../../targets/neuron/stream.ts";

/** Names across kernels. */
export interface StreamNames {
  readonly stream: Stream;
  readonly tensors: readonly string[];
  readonly kernels: readonly string[];
  /** By semaphore: the kernels that release it, and those that acquire it. */
  readonly releasedIn: readonly ReadonlySet<number>[];
  readonly acquiredIn: readonly ReadonlySet<number>[];
  readonly instructionsOf: ReadonlyMap<number, readonly Instruction[]>;
  readonly placementsOf: ReadonlyMap<number, readonly Placement[]>;
  /** Whether tokens between kernels are printed. */
  readonly showsOrderOfKernels: boolean;
  /** How items read with names of their own; filled in when they are first asked for. */
  readonly keys: Map<StreamItem, string>;
}

/** Names within one kernel; filled in as the kernel is printed. */
export interface KernelScope {
  readonly names: StreamNames;
  readonly kernel: number;
  readonly buffers: Map<Placement, string>;
  readonly rings: Map<RingId, string>;
  readonly semaphores: Map<SemId, string>;
  readonly taken: Scoped<string, number>;
}

export function makeKernelScope(names: StreamNames, kernel: number): KernelScope {
  return { names, kernel, buffers: new Map(), rings: new Map(), semaphores: new Map(), taken: makeScope() };
}

/** The buffer that an operand is in: one of its kernel whose bytes hold the operand's first one. */
export function placementOf(
  { placementsOf }: Pick<StreamNames, "placementsOf">,
  kernel: number,
  operand: ChipOperand,
): Placement | undefined {
  const { constant } = operand.address.base;
  const holds = ({ memory, addressBytes, slotBytes, slots }: Placement): boolean =>
    memory === operand.memory && constant >= addressBytes && constant < addressBytes + slotBytes * slots;
  return placementsOf.get(kernel)?.find(holds);
}

export function nameBuffer(scope: KernelScope, place: Placement, filler: string): string {
  const known = scope.buffers.get(place);
  if (known !== undefined) return known;
  const name = takeName(scope.taken, filler);
  scope.buffers.set(place, name);
  return name;
}

export function nameRing(scope: KernelScope, ring: RingId): string {
  const known = scope.rings.get(ring);
  if (known !== undefined) return known;
  const name = `r${scope.rings.size}`;
  scope.rings.set(ring, name);
  return name;
}

/** Whether the other end of a token is in other kernels alone. */
export function isBetweenKernels({ names, kernel }: KernelScope, sem: SemId, inst: string): boolean {
  const others = (inst === "acquire" ? names.releasedIn : names.acquiredIn)[sem] ?? new Set();
  return others.size > 0 && !others.has(kernel);
}

/** `dma1->pe`, `dma1->pe_2`; with the other kernels where the other end is in none but those. */
export function nameSemaphore(scope: KernelScope, sem: SemId, inst: string): string {
  const { stream, kernels, releasedIn, acquiredIn } = scope.names;
  const semaphore = stream.semaphores[sem];
  if (semaphore === undefined) return `?${sem}`;
  const pair = `${semaphore.producer}->${semaphore.consumer}`;
  const others = (inst === "acquire" ? releasedIn : acquiredIn)[sem] ?? new Set();
  if (!others.has(scope.kernel)) {
    const word = inst === "acquire" ? "of" : "for";
    const far = [...others].map((kernel) => kernels[kernel] ?? `?${kernel}`).sort();
    return far.length === 0 ? `${pair} (never)` : `${pair} ${word} ${far.join(" and ")}`;
  }
  const known = scope.semaphores.get(sem);
  if (known !== undefined) return known;
  const name = takeName(scope.taken, pair);
  scope.semaphores.set(sem, name);
  return name;
}

export function hex(bytes: number): string {
  return bytes < 0 ? `-0x${(-bytes).toString(16)}` : `0x${bytes.toString(16)}`;
}

/** Terms of an address after its first byte, loops by their depth: `0x10*i1`, `0x400*r0`. */
export function addressTerms(scope: KernelScope, { base, rings }: Address, around: readonly LoopId[]): string[] {
  const loops = base.terms
    .map(({ loop, scale }) => ({ depth: around.indexOf(loop), scale }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ depth, scale }) => `${hex(scale)}*i${depth}`);
  return [...loops, ...rings.map(({ ring, scale }) => `${hex(scale)}*${nameRing(scope, ring)}`)];
}

export function tensorName({ tensors }: StreamNames, tensor: number): string {
  return printName(tensors[tensor] ?? `?${tensor}`);
}
