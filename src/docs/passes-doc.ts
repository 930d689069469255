// Makes the text of PASSES.md from THE PASS TABLE and the rules of canonicalize.

import { type AttrKind, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import type { RewriteRule } from "../../passes/graph/canonicalize/rule.ts";
import { canonicalizeRules } from "../../passes/graph/canonicalize.ts";
import { passDef, passNames } from "../../passes/index.ts";
import type { AnyPass, Level } from "../../passes/pass.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const stages: Readonly<Record<Level, string>> = { graph: "graph", tile: "tile program" };

/** The text of PASSES.md. */
export function passesMarkdown(): string {
  const passes = passNames.map(passDef);
  const introduction = [
    "A pass is a pure function from one stage to the same or a later one. A pipeline names passes in order, with options in",
    "braces, as in `tgc opt model.tg --passes 'canonicalize,constant-fold{max_elements=64},fuse'`. The program is verified",
    "before the first pass and after each. The programs below, before and after, are run by the tests.",
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
    rulesSection(canonicalizeRules),
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

function rulesSection(rules: readonly RewriteRule[]): string {
  return [
    "## Rules of canonicalize",
    "In the order in which they are tried.",
    ...rules.flatMap((rule) => [`### ${rule.name}`, sentence(rule.summary), beforeAfter(rule.before, rule.after)]),
  ].join("\n\n");
}
