// Makes the text of PASSES.md from THE PASS TABLE, the rules of canonicalize and THE TABLE OF FUSED FORMS.

import { type AttrKind, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import type { RewriteRule } from "../../passes/graph/canonicalize/rule.ts";
import { canonicalizeRules } from "../../passes/graph/canonicalize.ts";
import { recognizeRules } from "../../passes/graph/recognize.ts";
import { passDef, passNames } from "../../passes/index.ts";
import { bodyRules } from "../../passes/lower/body/rules.ts";
import type { AnyPass, Level } from "../../passes/pass.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const stages: Readonly<Record<Level, string>> = { graph: "graph", tile: "tile program" };

/** The text of PASSES.md. */
export function passesMarkdown(): string {
  const passes = passNames.map(passDef);
  const introduction = [
    "A pass is a pure function from one stage to the same or a later one. A pipeline names passes in order, with options in",
    "braces, as in `tgc opt model.tg --passes 'canonicalize,constant-fold{max_elements=64},fuse'`. Passes on tile programs take files that",
    "hold one, as in `tgc opt model.tile --passes share-buffers`, or follow `lower`. The program is verified before the first pass and after",
    "each. The programs below, before and after, are run by the tests.",
  ].join("\n");
  const list = passes.map(({ name, from, to, summary }) => [
    `[\`${name}\`](#${name})`,
    `${stages[from]} -> ${stages[to]}`,
    summary,
  ]);
  return `${[
    "# Passes",
    generatedNote("the pass table in `passes`"),
    introduction,
    markdownTable(["pass", "stages", "summary"], list),
    ...passes.map(passSection),
    rulesSection("Rules of canonicalize", "In the order in which they are tried.", canonicalizeRules),
    rulesSection("Forms that recognize knows", "Each with one of the ways in which it is written.", formsOfOps()),
    fusedFormsSection(),
  ].join("\n\n")}\n`;
}

function passSection(pass: AnyPass): string {
  return [
    `## ${pass.name}`,
    sentence(pass.summary),
    pass.detail,
    ...optionsTable(pass.options),
    beforeAfter(pass.before, pass.after),
  ].join("\n\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function optionsTable(options: Readonly<Record<string, AttrKind>>): readonly string[] {
  const lines = Object.entries(options).map(([name, kind]) => {
    const fallback = kind.default === undefined ? "absent" : `\`${printAttrValue(kind, kind.default)}\``;
    return [`\`${name}\``, describeKind(kind), fallback, kind.summary];
  });
  return lines.length === 0 ? [] : [markdownTable(["option", "kind", "default", "meaning"], lines)];
}

function beforeAfter(before: string, after: string): string {
  return ["Before:", fenced(before), "After:", fenced(after)].join("\n\n");
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}

/** The rows of the table that `fuse-statements` applies, and lowering. */
function fusedFormsSection(): string {
  return [
    "## Fused forms",
    [
      "The rows that `fuse-statements` applies, in the order in which they are tried, and lowering as well. The statements are those of a loop's body;",
      "given before it are tiles `x` and `g` of bf16[128, 64] and columns `c` and `s` of f32[128, 1].",
    ].join("\n"),
    ...Object.entries(bodyRules).flatMap(([name, { summary, before, after }]) => [
      `### ${name}`,
      sentence(summary),
      beforeAfter(before, after),
    ]),
  ].join("\n\n");
}

/** Under names of their own: what is asked about an op is what it does. */
function formsOfOps(): Parameters<typeof rulesSection>[2] {
  return recognizeRules.map((rule) => ({ ...rule, name: `form of ${rule.name}` }));
}

function rulesSection(
  heading: string,
  words: string,
  rules: readonly Pick<RewriteRule, "name" | "summary" | "before" | "after">[],
): string {
  return [
    `## ${heading}`,
    words,
    ...rules.flatMap((rule) => [`### ${rule.name}`, sentence(rule.summary), beforeAfter(rule.before, rule.after)]),
  ].join("\n\n");
}
