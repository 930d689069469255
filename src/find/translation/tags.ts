// What an element holds, as a number: of which execution of which op it came, and of what that read. Two programs that compute the same
// in the same way have executions with the same numbers; who reads a tile too early or too late has others.

/** Of each execution how often there is one that reads just this. */
export type Executions = ReadonlyMap<string, number>;

/** Source: Austin Appleby, MurmurHash3 (public domain): its step and its end. */
export function mix(hash: number, value: number): number {
  let k = Math.imul(value | 0, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let mixed = hash ^ k;
  mixed = (mixed << 13) | (mixed >>> 19);
  mixed = (Math.imul(mixed, 5) + 0xe6546b64) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

export function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at++) mixed = mix(mixed, text.charCodeAt(at));
  return mixed;
}

/** What an element of a tensor in HBM holds before the program runs; 0 is what nobody wrote. */
export function givenTag(name: string, element: number): number {
  return mix(mixText(1, name), element) || 1;
}

/** What an execution does, whichever stage of the compiler says it. */
export interface Execution {
  /** The tile op. */
  readonly op: string;
  /** Attributes, flags and numbers, in words. */
  readonly values: readonly string[];
  /** By operand of the tile op, in an order of their names: what the elements hold that it reads. */
  readonly reads: readonly (readonly [name: string, tags: readonly number[]])[];
}

export function tagOf({ op, values, reads }: Execution): number {
  let hash = mixText(7, [op, ...values].join());
  for (const [name, tags] of reads) {
    hash = mixText(hash, name);
    for (const tag of tags) hash = mix(hash, tag);
  }
  return hash;
}

/** What an execution leaves in an element of what it writes. */
export function writtenTag(tag: number, operand: string, element: number): number {
  return mix(mixText(tag, operand), element) || 1;
}

/** Two executions with the same key do the same and read the same. */
export function keyOf(execution: Execution): string {
  return `${execution.op} ${tagOf(execution)}`;
}

/** Called for each execution, in the order of the run, and where it is. */
export type Visit<Place> = (execution: Execution, place: Place) => void;

export function count(executions: Map<string, number>, op: string, tag: number): void {
  const key = `${op} ${tag}`;
  executions.set(key, (executions.get(key) ?? 0) + 1);
}

/** What the program leaves in HBM, as if somebody read it. */
export function countResult(executions: Map<string, number>, tensor: string, tags: readonly number[]): void {
  count(executions, "result", tagOf({ op: "result", values: [tensor], reads: [[tensor, tags]] }));
}

/** By op: how many executions of one program read what none of the other one reads; empty if they agree. */
export function differences(wanted: Executions, found: Executions): ReadonlyMap<string, number> {
  const byOp = new Map<string, number>();
  for (const key of new Set([...wanted.keys(), ...found.keys()])) {
    const difference = Math.abs((wanted.get(key) ?? 0) - (found.get(key) ?? 0));
    const op = key.slice(0, key.indexOf(" "));
    if (difference > 0) byOp.set(op, (byOp.get(op) ?? 0) + difference);
  }
  return byOp;
}
