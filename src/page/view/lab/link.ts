// The page's address: a program and its options, in the part that no server gets to see.

import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { decodeFragment, encodeFragment, maxFragment } from "../../../lab/fragment.ts";
import { type LabState, usualOptions } from "../../../lab/lab-data.ts";

export interface Link {
  readonly state: LabState;
  /** Why the address's program is not shown; empty where it is, or has none. */
  readonly message: string;
}

/** `otherwise`: the program where the address has none. */
export function readLink(hash: string, otherwise: string): Link {
  const usual = { text: otherwise, options: usualOptions };
  if (hash.replace(/^#/, "") === "") return { state: usual, message: "" };
  const read = decodeFragment(hash);
  if (read.ok) return { state: read.value, message: "" };
  return { state: usual, message: read.error.map(({ code, args }) => errorMessage(code, args)).join("; ") };
}

/**
 * Puts a program into the address, without a step of the browser's history; gives whether it is one that `readLink` takes. One that is too
 * long is left out: browsers throw for addresses of megabytes.
 */
export function writeLink(state: LabState): boolean {
  const fragment = encodeFragment(state);
  const fits = fragment.length <= maxFragment;
  history.replaceState(null, "", fits ? `#${fragment}` : location.pathname);
  return fits;
}
