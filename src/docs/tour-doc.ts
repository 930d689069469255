// Makes the text of docs/tour.md from THE TABLE OF THE TOUR and the heads of the files that it names, with a small program at each stage.

import { invariant, type Result } from "../../ir-spec/base/result.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { compileToContent } from "../driver/compile.ts";
import { targetByName } from "../driver/targets.ts";
import { generatedNote } from "./markdown.ts";
import { type TourPart, tourParts } from "./tour-sections.ts";

const introduction = `The code in the order in which a program goes through it, with the files to read first. What is said of a file is its own head. The same small
program is shown at each stage, for the machine \`tiny\`, which has 8 partitions; the [tutorial](tutorial.md) says how to make each stage visible, and
[ARCHITECTURE.md](../ARCHITECTURE.md) how the parts work together.`;

const program = `graph tour(x: f32[8, 16], weight w: f32[16, 4]) -> (y: f32[8, 4]) {
  y = relu(matmul(x, w)) * 0.5
}`;

/** The text of docs/tour.md; `readFile` gives the text of a file of the repository. */
export function tourMarkdown(readFile: (path: string) => string): string {
  const head = ["# Tour", generatedNote("`src/docs/tour-sections.ts` and the heads of files"), introduction];
  const parts = tourParts.flatMap((part) => [
    `## ${part.title}`,
    part.text,
    ...Object.entries(part.folders).map(([folder, files]) => folderText(folder, files, readFile)),
    ...(part.shows === undefined ? [] : [shownStage(part.shows)]),
  ]);
  return `${[...head, fenced(program), ...parts].join("\n\n")}\n`;
}

function folderText(folder: string, files: readonly string[], readFile: (path: string) => string): string {
  const heading = `In \`${folder}/\`:`;
  const paragraphs = files.map((file) => {
    const path = `${folder}/${file}`;
    return `- **${file}**: ${headOf(readFile(path), path)}`;
  });
  return files.length === 0 ? `Also \`${folder}/\`.` : [heading, paragraphs.join("\n")].join("\n\n");
}

/** The comment that a file begins with, as one paragraph. */
export function headOf(text: string, path: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !/^\/\/( |$)/.test(line));
  const head = lines.slice(0, Math.max(0, end)).map((line) => line.slice(2).trim());
  invariant(head.length > 0, `${path} begins with a comment`);
  return head.join(" ").trim();
}

const words = {
  graph: "The program as a graph:",
  fused: "The program fused, as one kernel:",
  tiles: "The program as a tile program:",
  asm: "The program as an instruction stream:",
} as const;

function shownStage(stage: NonNullable<TourPart["shows"]>): string {
  const { graph } = need(loadGraph({ name: "tour.tg", text: program }, {}));
  const target = need(targetByName("tiny"));
  const { value } = need(compileToContent(graph, { target, strategy: "heuristic" }, stage));
  return `${words[stage]}\n\n${fenced(String(value).trimEnd())}`;
}

const fenced = (text: string): string => ["```", text, "```"].join("\n");

function need<T>(result: Result<T>): T {
  invariant(result.ok, "the program of the tour is compiled");
  return result.value;
}
