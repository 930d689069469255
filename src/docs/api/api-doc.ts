// Makes the text of API.md from the docstrings of the library: its functions by the file that holds them, each with its signature and
// example, then the types that they name.

import { type ExportedDeclarations, Node } from "ts-morph";
import { generatedNote } from "../markdown.ts";
import { docsOf, isValue, type Library, openLibrary, rootFolder } from "./library.ts";

/** The groups of functions in their order, by the file that holds them. */
const groups: Readonly<Record<string, string>> = {
  "src/api/parse.ts": "Reading",
  "src/api/build.ts": "Building graphs",
  "src/api/compile.ts": "Compiling",
  "src/api/print.ts": "Printing",
  "src/api/run.ts": "Running, timing, checking",
  "src/index.ts": "WebGPU",
  "src/api/trace.ts": "Traces",
  "src/api/compare.ts": "Comparing schedules and machines",
  "src/api/tune.ts": "Searching for schedules",
  "src/api/find.ts": "Finding faults",
  "src/api/diff.ts": "Comparing programs",
  "src/api/tensors.ts": "Tensors",
  "src/api/target.ts": "Machines",
  "src/api/tables.ts": "What there is",
  "src/api/result.ts": "Results",
};

const introduction = `\`import { ... } from "tgc"\`; \`tgc/browser\` has the same without Node, with the browser's own WebGPU.

A function that an input can make fail gives a \`Result\`: \`{ ok: true, value }\` or \`{ ok: false, error }\`, where \`error\` holds diagnostics with
places, hints and fixes. \`unwrap\` gives the value or throws them. Programs, graphs and streams are plain data. The tests compile and run every
example.`;

interface Item {
  readonly name: string;
  readonly declaration: ExportedDeclarations;
}

/** The text of API.md. */
export function apiMarkdown(): string {
  const library = openLibrary("src/index.ts");
  const items = [...library.exports].map(([name, declaration]) => ({ name, declaration }));
  const sections = Object.entries(groups).map(([path, title]) => {
    const ofFile = items.filter((item) => isValue(item.declaration) && pathOf(item) === path);
    return [`## ${title}`, ...inOrder(ofFile).map(valueSection)].join("\n\n");
  });
  const types = items.filter(({ declaration }) => !isValue(declaration) && isOwnType(declaration, library));
  return `${[
    "# Library",
    generatedNote("the docstrings in `src/api` and `src/index.ts`"),
    introduction,
    ...sections,
    "## Types",
    "The types of `src/api`; those of the stages, such as `Graph` and `Stream`, are exported as well and described where they are declared.",
    ...types.map(typeSection),
  ].join("\n\n")}\n`;
}

/** The path of a declaration from the repository's root. */
function pathOf({ declaration }: Item): string {
  return declaration
    .getSourceFile()
    .getFilePath()
    .slice(rootFolder.length + 1);
}

/** Every function belongs to a group, which a test demands; in the order of their file. */
function inOrder(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => a.declaration.getPos() - b.declaration.getPos());
}

function isOwnType(declaration: ExportedDeclarations, { entry }: Library): boolean {
  const path = declaration.getSourceFile().getFilePath();
  return path.startsWith(`${rootFolder}/src/api/`) || path === entry.getFilePath();
}

function valueSection({ name, declaration }: Item): string {
  const { text, examples } = docsOf(declaration);
  const code = [signatureOf(name, declaration), ...examples].map((example) => fence(example.trimEnd()));
  return [`### ${name}`, code[0] ?? "", oneLine(text), ...code.slice(1)].join("\n\n");
}

function typeSection({ name, declaration }: Item): string {
  const { text } = docsOf(declaration);
  const code = declaration
    .getText()
    .replace(/^\/\*\*[\s\S]*?\*\/\s*/, "")
    .replace(/^export /, "");
  return [`### ${name}`, ...(text === "" ? [] : [oneLine(text)]), fence(code)].join("\n\n");
}

/** `parse(text: string, options?: ParseOptions): Result<Graph>` */
function signatureOf(name: string, declaration: ExportedDeclarations): string {
  if (Node.isFunctionDeclaration(declaration)) {
    const body = declaration.getBody()?.getText() ?? "";
    const text = declaration.getText();
    const start = text.search(/export (async )?function/);
    return text
      .slice(start, text.length - body.length)
      .replace(/^export (async )?/, "")
      .trim();
  }
  const type = Node.isVariableDeclaration(declaration) ? declaration.getTypeNode()?.getText() : undefined;
  return `const ${name}: ${type ?? "unknown"}`;
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}
