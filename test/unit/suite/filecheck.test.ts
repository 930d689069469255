// Every row of the table of FileCheck rules: its texts pass, or fail with the code that the row says.
import { describe, expect, test } from "vitest";
import type { Source } from "../../../ir-spec/base/span.ts";
import { renderDiagnostics } from "../../../src/report/diagnostics.ts";
import { fileCheck } from "../../../src/suite/filecheck/file-check.ts";
import { parseFileCheckCall } from "../../../src/suite/filecheck/options.ts";
import { fileCheckRules } from "../../../src/suite/filecheck/rules/index.ts";

/** The codes of what is wrong, in order. */
function check(checks: string, options: string, text: string): string {
  const call = parseFileCheckCall(["check.txt", ...options.split(" ").filter((word) => word !== "")]);
  if (!call.ok) return "E1402";
  const checkFile: Source = { name: "check.txt", text: checks };
  const found = fileCheck({
    checkFile,
    output: { name: "output", text },
    options: call.value.options,
    span: { source: checkFile, start: 0, end: 1 },
    otherPrefixes: [],
  });
  // What cannot be shown is wrong, too.
  if (found.length > 0) expect(renderDiagnostics(found, { color: false })).toContain(found[0]?.code);
  return [...new Set([found.map(({ code }) => code).join(" ")])].join("");
}

describe.each(fileCheckRules)("$title", ({ rules }) => {
  test.each(rules)("$rule", ({ checks, options = "", passes = [], fails = [] }) => {
    expect(passes.map((text) => [text, check(checks, options, text)])).toEqual(passes.map((text) => [text, ""]));
    const found = fails.map(([text, wanted]) => [text, check(checks, options, text).slice(0, wanted.length)]);
    expect(found).toEqual(fails.map(([text, wanted]) => [text, wanted]));
    expect(passes.length + fails.length).toBeGreaterThan(0);
  });
});
