// `--graph` and `--dim`, as the elaboration takes them.

import type { ElaborateOptions } from "../text/index.ts";
import type { Pair } from "./option-kinds.ts";

export interface GraphOptions {
  readonly graph: string | undefined;
  readonly dim: readonly Pair<number>[];
}

export function elaborateOptions({ graph, dim }: GraphOptions): ElaborateOptions {
  const dims = Object.fromEntries(dim.map(({ name, value }) => [name, value]));
  return graph === undefined ? { dims } : { dims, graph };
}
