// Makes the text of SCHEDULES.md from the tables of schedule fields.

import { type AttrKind, type AttrSpecs, describeKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import { kernelKindDef, kernelKindNames } from "../../passes/lower/kinds/index.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const introduction = `A schedule says how the kernels of a graph are tiled. It is written in the program or in a separate file:

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
  const parts = kernelKindNames.flatMap((kind) => {
    const { title, summary, fields } = kernelKindDef(kind);
    return [`## ${title}`, summary, fieldTable(fields)];
  });
  return `${["# Schedules", generatedNote("`passes/lower/kinds`"), introduction, ...parts].join("\n\n")}\n`;
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
