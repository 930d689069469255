// Whether a CHECK line can fail at all. `CHECK: {{.*}}` cannot: such a line is left when a pattern was made looser and looser.

import { searchRegex } from "../regex/match.ts";
import { compilePattern } from "./compile-pattern.ts";
import type { Directive } from "./directives.ts";

/** Lines that have nothing in common: what matches each of them says nothing. */
const probes = ["q", "Q", "7", "-", "%", ":", "[", "é"].map((sign) => sign.repeat(40));

/** A CHECK-NEXT that matches anything counts a line where the one after it is tied to it. */
export function matchesAnything({ kind, parts }: Directive, next: Directive | undefined): boolean {
  if (kind === "not" || kind === "empty") return false;
  const skipsLine = kind === "next" && (next?.kind === "next" || next?.kind === "empty");
  if (skipsLine) return false;
  const isPlain = parts.every((part) => part.kind === "text" || part.kind === "regex" || part.kind === "define");
  if (!isPlain) return false;
  const nothing = { texts: new Map(), numbers: new Map() };
  const compiled = compilePattern(parts, nothing, { ignoreCase: false, fullLine: "no" });
  if (!compiled.ok) return false;
  return probes.every((probe) => {
    const found = searchRegex(compiled.value.program, probe, { from: 0, to: probe.length }, { steps: 1_000_000 });
    return typeof found === "object";
  });
}
