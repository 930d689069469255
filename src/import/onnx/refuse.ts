// How a row says that a node cannot be imported. The only exception of the import: rows are straight-line code that makes nodes, and a reason
// ends one at any depth; the loop over nodes catches it, notes it, and continues with the next node.

interface Refusal extends Error {
  /** Names of inputs of the model whose values would have to be known. */
  readonly wanted: readonly string[];
}

const mark = "refusal of an ONNX node";

/** Ends the row of a node; `why` completes "it is unsupported: ...". */
export function refuse(why: string, wanted: Iterable<string> = []): never {
  throw Object.assign(new Error(why), { name: mark, wanted: [...wanted] });
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === mark;
}
