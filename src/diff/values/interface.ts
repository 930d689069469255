// What a program takes and gives by name, and which of two programs' tensors are the same: by name, and where only the names
// differ, in their order.

import { printType, type TensorType, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Renaming } from "../report.ts";

/** `state` is both taken and given. */
export type PortRole = "input" | "weight" | "state" | "output";

export interface Port extends TensorType {
  readonly name: string;
  readonly role: PortRole;
}

export interface Alignment {
  /** For names of the program before, those of the one after. */
  readonly names: ReadonlyMap<string, string>;
  readonly renamed: readonly Renaming[];
  /** Why no values can be compared; empty where they can. */
  readonly mismatches: readonly string[];
}

const classOf: Readonly<Record<PortRole, string>> = {
  input: "parameter",
  weight: "parameter",
  state: "state",
  output: "result",
};

function matches(a: Port, b: Port): boolean {
  return classOf[a.role] === classOf[b.role] && typesEqual(a, b);
}

export function alignPorts(before: readonly Port[], after: readonly Port[]): Alignment {
  const byName = new Map(after.map((port) => [port.name, port]));
  const names = new Map<string, string>();
  const mismatches: string[] = [];
  for (const port of before) {
    const other = byName.get(port.name);
    if (other === undefined) continue;
    if (matches(port, other)) names.set(port.name, port.name);
    else mismatches.push(`${describe(port)} is ${describe(other)} after`);
  }
  const left = before.filter(({ name }) => !byName.has(name));
  const beforeNames = new Set(before.map(({ name }) => name));
  const open = after.filter(({ name }) => !beforeNames.has(name));
  const renamed: Renaming[] = [];
  for (const port of left) {
    const at = open.findIndex((other) => matches(port, other));
    const [other] = at < 0 ? [] : open.splice(at, 1);
    if (other === undefined) mismatches.push(`${describe(port)} is only in the program before`);
    else {
      names.set(port.name, other.name);
      renamed.push({ before: port.name, after: other.name });
    }
  }
  mismatches.push(...open.map((port) => `${describe(port)} is only in the program after`));
  return { names, renamed, mismatches };
}

function describe(port: Port): string {
  return `${classOf[port.role]} \`${port.name}\`: ${printType(port)}`;
}
