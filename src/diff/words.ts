// Diagnostics in one line, where they are a part of a report.

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Problem } from "../../ir-spec/base/result.ts";

/** `E0831: race between ...`. */
export function describeProblem({ code, args }: Problem): string {
  return `${code}: ${errorMessage(code, args)}`;
}
