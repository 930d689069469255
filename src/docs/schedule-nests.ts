// For each schedule field the loop nest without and with it, on small programs and the smallest machine: what SCHEDULES.md shows.

import { printAttrValue } from "../../ir-spec/base/attr.ts";
import { invariant, type Result } from "../../ir-spec/base/result.ts";
import { fieldsOfKind, type KernelKind } from "../../passes/lower/kinds/index.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { compileToContent } from "../driver/compile.ts";
import { targetByName } from "../driver/targets.ts";
import { lineChanges } from "../report/line-changes.ts";
import {
  machineOfNests,
  type NestExample,
  type NestFields,
  nestExamples,
  nestPrograms,
} from "./schedule-nest-examples.ts";

type ProgramName = keyof typeof nestPrograms;

export const nestsIntroduction = `Below the fields of a kind, each is shown on a small program for \`${machineOfNests}\`: the nest with all fields at their defaults, as far
as nothing else is said, and the lines that the field changes (\`-\` without it, \`+\` with it). Loops are not pipelined there (\`stages=1\`), so that the nests stay short.`;

/** The programs of a kind with their nests, and what each of its fields changes in one of them. */
export function nestSections(kind: KernelKind): readonly string[] {
  const fields: Readonly<Record<string, NestExample | undefined>> = nestExamples[kind];
  const examples = Object.entries(fields).flatMap(([field, example]) =>
    example === undefined ? [] : [{ field, ...example }],
  );
  const programs = [...new Set(examples.map(({ program }) => program))];
  const nests = programs.flatMap((program) => [fenced("", `${nestPrograms[program]}\n\n${nestOf(program, {})}`)]);
  return [...nests, ...examples.flatMap((example) => fieldSection(kind, example))];
}

function fieldSection(kind: KernelKind, example: NestExample & { readonly field: string }): readonly string[] {
  const { field, program, value, also = {} } = example;
  const given = (fields: NestFields): string =>
    Object.entries(fields)
      .map(([name, each]) => `${name}=${printField(kind, name, each)}`)
      .join(", ");
  const beside = Object.keys(also).length === 0 ? "" : `, beside \`${given(also)}\``;
  const before = field === "stages" ? { ...also, stages: undefined } : also;
  const changed = lineChanges(nestOf(program, before), nestOf(program, { ...also, [field]: value })) ?? [];
  // A test fails for it, so that a change of the lowering is no reason for the documents to be missing.
  if (changed.length === 0) return [];
  return [
    `\`${given({ [field]: value })}\` in \`${program}\`${beside}:`,
    fenced("diff", changed.map(diffLine).join("\n")),
  ];
}

const signs = { same: " ", added: "+", removed: "-", gap: "" } as const;

const diffLine = ({ kind, text }: { readonly kind: keyof typeof signs; readonly text: string }): string =>
  kind === "gap" ? `@@ ${text} @@` : `${signs[kind]}${text}`.trimEnd();

function printField(kind: KernelKind, field: string, value: NestFields[string]): string {
  const attr = fieldsOfKind(kind)[field];
  invariant(attr !== undefined && value !== undefined, `the kind has the field ${field}`);
  return printAttrValue(attr, value).replaceAll('"', "");
}

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

/** The nests of a program's kernels, all fields at their defaults but those that are given; loops whole unless stages are asked for. */
export function nestOf(program: ProgramName, fields: NestFields): string {
  const { graph } = need(loadGraph({ name: "nest.tg", text: nestPrograms[program] }, {}));
  const target = need(targetByName(machineOfNests));
  const given = Object.entries({ stages: 1, ...fields, others: "default" }).filter(([, value]) => value !== undefined);
  const schedule = { name: "shown", graph: graph.name, kernels: [{ kernel: "*", fields: Object.fromEntries(given) }] };
  const made = need(compileToContent(graph, { target, strategy: "naive", schedule, fusion: "off" }, "tiles"));
  const [, ...nests] = String(made.value)
    .trimEnd()
    .split(/\n(?=kernel )/);
  return nests.map((nest) => nest.replace(/ schedule "[^"]*"/, "")).join("\n");
}

function need<T>(result: Result<T>): T {
  invariant(result.ok, "the examples of schedule fields are lowered");
  return result.value;
}
