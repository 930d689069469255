// How a kernel is called in normal forms: after the output that it writes, else after the output for which it is there and its ops. The
// name that it has in a program is made of names of values, which change nothing. So a kernel that is added for one output renames
// none of another one.

/** Ops that a name lists. */
const maxNamedOps = 3;

export interface NamedKernel {
  /** Outputs that it writes, by name. */
  readonly outputs: readonly string[];
  /** Its ops, by name. */
  readonly ops: readonly string[];
  /** Outputs of the kernel for which it is there. */
  readonly rootOutputs: readonly string[];
}

/** `y`, or `y_add_gelu_matmul` for a kernel that writes no output. */
export function kernelNameOf({ outputs, ops, rootOutputs }: NamedKernel): string {
  const [output] = outputs;
  if (output !== undefined) return output;
  const named = [...new Set(ops)].slice(0, maxNamedOps);
  const words = [...rootOutputs.slice(0, 1), ...named];
  return words.length === 0 ? "kernel" : words.join("_");
}
