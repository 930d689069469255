// How a kernel is called in normal forms: after the outputs that it writes, else after its ops. The name that it has in a
// program is made of names of values, which change nothing.

/** Ops that a name lists. */
const maxNamedOps = 3;

/** `y`, or `matmul_add_gelu` for a kernel that writes no output. */
export function kernelNameOf(outputs: readonly string[], ops: readonly string[]): string {
  const [output] = outputs;
  if (output !== undefined) return output;
  const named = [...new Set(ops)].slice(0, maxNamedOps).join("_");
  return named === "" ? "kernel" : named;
}
