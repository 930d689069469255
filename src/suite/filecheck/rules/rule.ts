// A row in THE TABLE OF FILECHECK RULES: what the rule is, with CHECK lines, texts that pass and texts that fail. FILECHECK.md is made
// of the table, and a test runs every row.

export interface FileCheckRule {
  /** In a sentence. */
  readonly rule: string;
  /** The words after `FileCheck %s`. */
  readonly options?: string;
  readonly checks: string;
  readonly passes?: readonly string[];
  /** A text, and the code of what is wrong with it. */
  readonly fails?: readonly (readonly [text: string, code: string])[];
  /** What LLVM's FileCheck does in its place. */
  readonly llvm?: string;
}

export interface RuleSection {
  readonly title: string;
  readonly rules: readonly FileCheckRule[];
}
