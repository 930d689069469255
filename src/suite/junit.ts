// A suite's result as JUnit's XML, which CI systems show. A test is one test case; what is wrong with none of them is a case of its own.
// Source: the schema of Jenkins' xUnit plugin, junit-10.xsd.

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import { hasPassed, type SuiteResult } from "./suite-result.ts";

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** The document; `render` gives the text of diagnostics. */
export function printJunit(
  { tests, diagnostics }: SuiteResult,
  render: (diagnostics: readonly Diagnostic[]) => string,
): string {
  const suite: readonly Case[] = diagnostics.length === 0 ? [] : [{ name: "suite", seconds: 0, diagnostics }];
  const cases = [...tests.map((test) => ({ ...test, seconds: test.elapsedMs / 1000 })), ...suite];
  const failures = cases.filter((each) => !hasPassed(each)).length;
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0);
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
  const lines = cases.flatMap((each) => printCase(each, render));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tgc" ${counts}>`,
    `  <testsuite name="tgc" ${counts}>`,
    ...lines,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function printCase(
  { name, seconds, diagnostics }: Case,
  render: (found: readonly Diagnostic[]) => string,
): readonly string[] {
  const slash = name.lastIndexOf("/");
  const folder = slash < 0 ? "." : name.slice(0, slash);
  const head = `    <testcase classname="${escapeXml(folder)}" name="${escapeXml(name.slice(slash + 1))}" file="${escapeXml(name)}" time="${seconds.toFixed(3)}"`;
  const [first] = diagnostics;
  if (first === undefined) return [`${head}/>`];
  const message = escapeXml(errorMessage(first.code, first.args));
  return [
    `${head}>`,
    `      <failure type="${first.code}" message="${message}">${escapeXml(render(diagnostics))}</failure>`,
    "    </testcase>",
  ];
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** Control characters have no form in XML 1.0; they are shown as in JSON. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"\n\t]/g, (sign) => entities[sign] ?? sign)
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
