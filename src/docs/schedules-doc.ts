// Makes the text of SCHEDULES.md from the tables of schedule fields.

import { type AttrKind, type AttrSpecs, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import { type KernelKind, kernelKindDef, kernelKindNames } from "../../passes/lower/kinds/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";
import { nestSections, nestsIntroduction } from "./schedule-nests.ts";

const introduction = `A schedule says how the kernels of a graph are tiled. It is written in the program or in a separate file; this one is for
\`samples/attention.tg\`:

\`\`\`
schedule blocked for attention {
  kernel * { slots_out=4 }
  kernel y { tile_n=128, block_n=2, block_order=[n, m, k], load_lhs=block_1, load_rhs=block_0, slots_out=8 }
}
\`\`\`

\`kernel name\` speaks of one kernel, \`kernel *\` of all that have the field; what a kernel's own entry says goes before \`*\`, wherever
it is. \`tgc lower\` shows the names. A field that is not given is chosen by the strategy, or with \`others=default\` has its default:
so \`tgc profile\` prints what was chosen, as a schedule that gives the same program again. \`kernel * { fuse=off }\` says
which ops run as one kernel, as \`--fuse\` does, which goes before it: ${fusionModes.map((mode) => `\`${mode}\``).join(", ")}. A value beyond what the problem and the
machine have is cut to it, and a field may have no effect on a kernel; \`--remarks\` reports both. A program's only schedule for a graph
is used by itself; one of several is chosen with \`--schedule name\`, one of another file with \`--schedule file.tg\` or
\`--schedule file.tg#name\`.`;

/** What `tgc explain` knows of fields: SCHEDULES.md without its nests, which take many lowerings. */
export function scheduleTablesMarkdown(): string {
  return makeMarkdown([introduction], () => []);
}

/** The text of SCHEDULES.md. */
export function schedulesMarkdown(): string {
  return makeMarkdown([introduction, nestsIntroduction], nestSections);
}

function makeMarkdown(introductions: readonly string[], nests: (kind: KernelKind) => readonly string[]): string {
  const parts = kernelKindNames.flatMap((kind) => {
    const { title, summary, fields } = kernelKindDef(kind);
    return [`## ${title}`, summary, fieldTable(fields), ...nests(kind)];
  });
  const head = ["# Schedules", generatedNote("`passes/lower/kinds` and `src/docs/schedule-nest-examples.ts`")];
  return `${[...head, ...introductions, ...parts].join("\n\n")}\n`;
}

function fieldTable(fields: AttrSpecs): string {
  const rows = Object.entries(fields).map(([name, kind]) => [
    `\`${name}\``,
    describeKind(kind),
    `\`${printDefault(kind)}\``,
    kind.summary,
  ]);
  return markdownTable(["field", "kind", "default", "meaning"], rows);
}

/** Words are without quotes in a schedule. */
function printDefault(kind: AttrKind): string {
  return printAttrValue(kind, kind.default ?? null).replaceAll('"', "");
}
