// THE TABLE OF STABLEHLO'S OPERATIONS: what each becomes in a graph, by its name without the dialect.

import { contractRules } from "./contract.ts";
import { elementwiseRules } from "./elementwise.ts";
import { movementRules } from "./movement.ts";
import { reduceRules } from "./reduce.ts";
import type { OpRule } from "./rule.ts";
import { sourceRules } from "./sources.ts";

const rules: ReadonlyMap<string, OpRule> = new Map(
  [elementwiseRules, contractRules, movementRules, reduceRules, sourceRules].flatMap((table) => Object.entries(table)),
);

/** Dialects whose operations have the names and meanings of StableHLO's. */
const dialects = ["stablehlo.", "mhlo.", "chlo."];

/** The rule of an operation by its full name, such as `stablehlo.add`. */
export function ruleOf(name: string): OpRule | undefined {
  const dialect = dialects.find((prefix) => name.startsWith(prefix));
  return dialect === undefined ? undefined : rules.get(name.slice(dialect.length));
}
