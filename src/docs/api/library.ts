// The library as TypeScript sees it: its exports with their docstrings, and the types that they are made of. Read with ts-morph, as the
// TypeScript that checks this project has no such interface yet. Used by `npm run docs` and by the tests alone, never by the command.

import { fileURLToPath } from "node:url";
import { type ExportedDeclarations, type JSDoc, Node, Project, type SourceFile, ts } from "ts-morph";

/** The repository's root, without a slash at the end. */
export const rootFolder = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

export interface Library {
  readonly project: Project;
  readonly entry: SourceFile;
  /** By the name that a user imports. */
  readonly exports: ReadonlyMap<string, ExportedDeclarations>;
}

/** What has been opened, by entry point: types take seconds, and nobody changes them. */
const opened = new Map<string, Library>();

/** Opens an entry point, `src/index.ts` for instance; `tgc` in the project's own files means that one. */
export function openLibrary(path: string): Library {
  const library = opened.get(path) ?? readLibrary(path);
  opened.set(path, library);
  return library;
}

function readLibrary(path: string): Library {
  const project = new Project({
    skipAddingFilesFromTsConfig: true,
    compilerOptions: {
      ...{ target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, allowImportingTsExtensions: true },
      ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
      ...{ resolveJsonModule: true, types: ["node"], paths: { tgc: [`${rootFolder}/${path}`] } },
    },
  });
  const entry = project.addSourceFileAtPath(`${rootFolder}/${path}`);
  const exports = new Map<string, ExportedDeclarations>();
  for (const [name, [declaration]] of entry.getExportedDeclarations()) {
    if (declaration !== undefined) exports.set(name, declaration);
  }
  return { project, entry, exports };
}

/** Whether it exists when a program runs: not a type. */
export function isValue(declaration: ExportedDeclarations): boolean {
  return Node.isFunctionDeclaration(declaration) || Node.isVariableDeclaration(declaration);
}

export interface Docs {
  /** What is said before the tags. */
  readonly text: string;
  /** The programs under `@example`. */
  readonly examples: readonly string[];
}

export function docsOf(declaration: Node): Docs {
  const docs = jsDocsOf(declaration);
  const tags = docs.flatMap((doc) => doc.getTags()).filter((tag) => tag.getTagName() === "example");
  return {
    text: docs.map((doc) => doc.getDescription().trim()).join("\n\n"),
    examples: tags.map((tag) => `${(tag.getCommentText() ?? "").trim()}\n`),
  };
}

function jsDocsOf(declaration: Node): readonly JSDoc[] {
  const owner = Node.isVariableDeclaration(declaration) ? declaration.getVariableStatement() : declaration;
  return owner !== undefined && Node.isJSDocable(owner) ? owner.getJsDocs() : [];
}

/** The names of types in what a user sees of a declaration: not in bodies, nor in initial values. */
export function typesNamedIn(declaration: Node): readonly Node[] {
  const named: Node[] = [];
  declaration.forEachDescendant((node, traversal) => {
    const isHidden = Node.isBlock(node) || (Node.isExpression(node) && !Node.isExpressionWithTypeArguments(node));
    if (isHidden) traversal.skip();
    else if (Node.isTypeReference(node)) named.push(node.getTypeName());
    else if (Node.isExpressionWithTypeArguments(node)) named.push(node.getExpression());
  });
  return named;
}

/** Where the type that a name means is declared, in this repository. */
export function declarationOf(name: Node): Node | undefined {
  const symbol = name.getSymbol();
  const [declaration] = (symbol?.getAliasedSymbol() ?? symbol)?.getDeclarations() ?? [];
  if (declaration === undefined || Node.isTypeParameterDeclaration(declaration)) return undefined;
  const path = declaration.getSourceFile().getFilePath();
  return path.startsWith(`${rootFolder}/`) && !path.includes("/node_modules/") ? declaration : undefined;
}
