// The `.tg` language, text to graph: what the rest of the tool uses of this folder.

import { fail, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { type ElaborateOptions, elaborate } from "./elaborate.ts";
import { parseModule } from "./parse.ts";

export type { AstModule } from "./ast.ts";
export type { ElaborateOptions } from "./elaborate.ts";
export { elaborate } from "./elaborate.ts";
export { findUnused } from "./find-unused.ts";
export { formatModule } from "./format.ts";
export { type Parsed, parseModule } from "./parse.ts";

/** Reads the graphs of a file, all or the one that `options.graph` names; fails with everything that is wrong. */
export function parseGraphs(source: Source, options: ElaborateOptions = {}): Result<readonly Graph[]> {
  const { module, diagnostics } = parseModule(source);
  return diagnostics.length > 0 ? fail(diagnostics) : elaborate(module, options);
}
