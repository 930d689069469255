// What came of a suite: its tests in order, and what is wrong with none of them in particular.

import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { GoldenOutput } from "./golden.ts";

export interface SuiteTest {
  readonly name: string;
  readonly description: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly outputs: readonly GoldenOutput[];
  readonly elapsedMs: number;
}

export interface SuiteResult {
  readonly tests: readonly SuiteTest[];
  /** Such as expected files that are left over. */
  readonly diagnostics: readonly Diagnostic[];
}

export function hasPassed({ diagnostics }: Pick<SuiteTest, "diagnostics">): boolean {
  return diagnostics.length === 0;
}
