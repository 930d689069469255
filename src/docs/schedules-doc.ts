// Makes the text of SCHEDULES.md from the tables of schedule fields.

import { type AttrKind, type AttrSpecs, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import { type KernelKind, scheduleFields } from "../../ir-spec/schedule.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const kindHeadings: Readonly<Record<KernelKind, readonly [heading: string, meaning: string]>> = {
  contract: [
    "Contractions",
    "A matmul with the elementwise ops behind it: `out[m, n] = sum over k of lhs[m, k] * rhs[k, n]`.",
  ],
  rows: ["Row-wise kernels", "Elementwise ops and reductions over `[rows, columns]`, rows on the partitions."],
  movement: ["Movement", "Copies and gathers."],
};

const introduction = `A schedule says how the kernels of a graph are tiled. It stands in the program or in a file of its own:

\`\`\`
schedule blocked for mlp {
  kernel * { tile_rows=64 }
  kernel h { tile_m=128, tile_n=512, block_n=2, block_order=[n, m, k], load_rhs=block_0, evict=split }
}
\`\`\`

\`kernel name\` speaks of one kernel, \`kernel *\` of all that have the field; \`tgc lower\` shows the names. A field that is not
given is chosen by the strategy. A program's only schedule for a graph is used by itself; one of several is chosen with
\`--schedule name\`, one of another file with \`--schedule file.tg\` or \`--schedule file.tg#name\`.`;

/** The text of SCHEDULES.md. */
export function schedulesMarkdown(): string {
  const kinds = Object.keys(kindHeadings) as readonly KernelKind[];
  const parts = kinds.flatMap((kind) => {
    const [heading, meaning] = kindHeadings[kind];
    return [`## ${heading}`, meaning, fieldTable(scheduleFields[kind])];
  });
  return `${["# Schedules", generatedNote("`ir-spec/schedule.ts`"), introduction, ...parts].join("\n\n")}\n`;
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

/** Words stand without quotes in a schedule. */
function printDefault(kind: AttrKind): string {
  return printAttrValue(kind, kind.default ?? null).replaceAll('"', "");
}
