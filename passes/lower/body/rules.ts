// THE TABLE OF FUSED FORMS: how neighbouring statements of a loop body become fewer or faster ones, such as the instructions have
// them. Each rule has its before and after; the tests run them. A statement counts as computed in f32 and rounded once, at its end,
// so that a rule changes no number but where it says so.

import type { BodyRule } from "./rule.ts";
import { scalarRules } from "./rules-scalars.ts";
import { tileRules } from "./rules-tiles.ts";

/** In the order in which they are tried; those after which a buffer has two writers come last. */
export const bodyRules = { ...scalarRules, ...tileRules } as const satisfies Readonly<Record<string, BodyRule>>;
