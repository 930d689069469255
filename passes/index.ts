// THE PASS TABLE: every pass, under its name.

import { canonicalize } from "./graph/canonicalize.ts";
import { constantFold } from "./graph/constant-fold.ts";
import { cse } from "./graph/cse.ts";
import { dce } from "./graph/dce.ts";
import { expand } from "./graph/expand.ts";
import { fuse } from "./graph/fuse.ts";
import { recognize } from "./graph/recognize.ts";
import { sinkReshapes } from "./graph/sink-reshapes.ts";
import { splitProducts } from "./graph/split-products.ts";
import { lower } from "./lower/pass.ts";
import type { AnyPass } from "./pass.ts";
import { balanceEngines } from "./tile/balance-engines.ts";
import { fuseStatements } from "./tile/fuse-statements.ts";
import { hoistInvariants } from "./tile/hoist-invariants.ts";
import { mergeTransfers } from "./tile/merge-transfers.ts";
import { pipelineLoops } from "./tile/pipeline-loops.ts";
import { shareBuffers } from "./tile/share-buffers.ts";

export const passes = {
  canonicalize,
  "constant-fold": constantFold,
  cse,
  dce,
  expand,
  recognize,
  "split-products": splitProducts,
  "sink-reshapes": sinkReshapes,
  fuse,
  lower,
  "merge-transfers": mergeTransfers,
  "fuse-statements": fuseStatements,
  "hoist-invariants": hoistInvariants,
  "share-buffers": shareBuffers,
  "balance-engines": balanceEngines,
  "pipeline-loops": pipelineLoops,
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
