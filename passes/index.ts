// THE PASS TABLE: every pass, under its name.

import { canonicalize } from "./graph/canonicalize.ts";
import { constantFold } from "./graph/constant-fold.ts";
import { cse } from "./graph/cse.ts";
import { dce } from "./graph/dce.ts";
import { expand } from "./graph/expand.ts";
import { fuse } from "./graph/fuse.ts";
import type { AnyPass } from "./pass.ts";

export const passes = {
  canonicalize,
  "constant-fold": constantFold,
  cse,
  dce,
  expand,
  fuse,
} as const;

export type PassName = keyof typeof passes;

export const passNames = Object.keys(passes) as readonly PassName[];

export function isPassName(name: string): name is PassName {
  return Object.hasOwn(passes, name);
}

/** The pass of a name, for code that treats all passes alike. */
export function passDef(name: PassName): AnyPass {
  return passes[name];
}
