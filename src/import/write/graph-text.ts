// Writes a graph as a person would: the text of a file. Reading it back gives the same graph.

import { ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { formatModule } from "../../text/format.ts";
import { plainSizes, type Sizes } from "./sizes.ts";
import { startWriting, typeText } from "./write-node.ts";
import { writeNodes } from "./write-nodes.ts";

export interface GraphTextOptions {
  /** Lines of a comment at the top, without the signs. */
  readonly heading: readonly string[];
  /** How sizes are written; as numbers unless given. */
  readonly sizes?: Sizes;
}

/** The text of a file that holds the graph. */
export function graphText(graph: Graph, { heading, sizes = plainSizes(graph) }: GraphTextOptions): Result<string> {
  const writing = startWriting(graph, sizes);
  const { lines, functions } = writeNodes(writing);
  const params = graph.params.map(({ kind, name, value }) => {
    return `  ${kind === "input" ? "" : `${kind} `}${name}: ${typeText(writing, value)},`;
  });
  const results = graph.results.map(({ name, value }) => `${name}: ${typeText(writing, value)}`);
  const aliases = graph.results.flatMap(({ name, value }) => {
    const text = writing.names[value] ?? writing.inlined.get(value)?.text ?? "";
    return text === name ? [] : [`${name} = ${text}`];
  });
  const text = [
    ...heading.map((line) => `// ${line}`.trimEnd()),
    `graph ${graph.name}${dimsText(sizes)}(`,
    ...params,
    `) -> (${results.join(", ")}) {`,
    ...[...lines, ...aliases].map((line) => `  ${line}`),
    "}",
    "",
    ...functions.flatMap((text) => [text, ""]),
  ].join("\n");
  const formatted = formatModule({ name: "import", text });
  return formatted.ok ? ok(formatted.value) : formatted;
}

function dimsText({ dims }: Sizes): string {
  return dims.size === 0 ? "" : `<${[...dims].map(([name, size]) => `${name} = ${size}`).join(", ")}>`;
}
