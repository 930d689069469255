// Who may import whom. Each rule takes source files and returns one line for each place that breaks it.
import { builtinModules } from "node:module";
import type { Import, SourceFile } from "./source-files.ts";

/** From left to right; a file imports from its own layer and from those left of it. `samples` are programs that use the library. */
export const layers = ["ir-spec", "passes", "targets", "src", "test", "samples"];

/** The packages of the lab's editor. */
const editorPackages = ["autocomplete", "commands", "language", "lint", "search", "state", "view"];
const editorHomes = Object.fromEntries(
  ["@lezer/highlight", ...editorPackages.map((name) => `@codemirror/${name}`)].map((name) => [
    name,
    ["src/page/view/lab/"],
  ]),
);

/** npm package -> the paths that may import it. A package that is not named here may be imported nowhere. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  chevrotain: ["src/text/", "src/import/stablehlo/"],
  commander: ["src/cli/"],
  "@bufbuild/protobuf": ["src/import/onnx/proto/", "test/"],
  "jsonc-parser": ["targets/neuron/machines/"],
  yaml: ["src/mappings/yaml-file.ts"],
  fflate: ["src/cli/tensors/", "src/tensors/", "src/lab/", "src/page/pack-timeline.ts", "test/"],
  picocolors: ["src/cli/", "src/report/"],
  tinypool: ["src/cli/"],
  diff: ["src/report/"],
  ...editorHomes,
  "@dagrejs/dagre": ["src/page/"],
  "d3-scale": ["src/page/"],
  "playwright-core": ["test/"],
  webgpu: ["targets/gpu-host/node"],
  "@sparticuz/chromium": ["targets/gpu-host/node", "test/page/"],
  esbuild: ["src/build/"],
  wabt: ["src/build/"],
  vitest: ["test/", "src/vitest.ts"],
  "fast-check": ["test/"],
  "ts-morph": ["src/docs/api/", "test/"],
};

/** Where Node's own modules and globals may be used; all else must also run in a browser. */
const nodeHomes = [
  "src/vitest.ts",
  "src/cli/",
  "src/docs/",
  "src/build/",
  "targets/gpu-host/node",
  "test/",
  "samples/",
];

/** Who besides the tests may import what stands under `targets/<name>/`, other than the target itself and `src`. */
const targetReaders: Readonly<Record<string, readonly string[]>> = {
  "gpu-host": ["targets/webgpu/", "targets/neuron/gpu/"],
};

const isUnder = (path: string, homes: readonly string[]): boolean => homes.some((home) => path.startsWith(home));
const layerOf = (path: string): number => layers.indexOf(path.split("/")[0] ?? "");
const targetOf = (path: string): string | undefined => /^targets\/([^/]+)\//.exec(path)?.[1];
const isRelative = (found: Import): boolean => found.specifier.startsWith(".");

/** Applies `complain` to every import of every file and keeps what it says. */
const complainAboutImports = (
  files: readonly SourceFile[],
  complain: (file: SourceFile, found: Import) => string | undefined,
): readonly string[] => {
  const complaints: string[] = [];
  for (const file of files) {
    for (const found of file.imports) {
      const complaint = complain(file, found);
      if (complaint !== undefined) complaints.push(`${file.path}:${found.line}: ${complaint}`);
    }
  }
  return complaints;
};

/** Every file lies in a layer (a config file may lie in the root), and imports only leftwards. */
export const checkLayers = (files: readonly SourceFile[]): readonly string[] => {
  const homeless = files.filter(({ path }) => layerOf(path) < 0 && !/^[^/]+\.config\.ts$/.test(path));
  const rightwards = complainAboutImports(files, (file, found) => {
    if (!isRelative(found) || layerOf(file.path) < 0) return undefined;
    const goesRight = layerOf(found.target) < 0 || layerOf(found.target) > layerOf(file.path);
    return goesRight ? `imports ${found.target}; imports go ${layers.slice(0, 5).join(" <- ")}` : undefined;
  });
  return [...homeless.map(({ path }) => `${path}:1: lies in none of ${layers.join(", ")}`), ...rightwards];
};

/** A target imports no other target; the reference interpreter is the driver's and the tests' alone. */
export const checkTargets = (files: readonly SourceFile[]): readonly string[] =>
  complainAboutImports(files, (file, found) => {
    const to = targetOf(found.target);
    if (to === undefined || targetOf(file.path) === to || file.path.startsWith("test/")) return undefined;
    const fromSource = file.path.startsWith("src/");
    if (to === "ref" && fromSource && !/^src\/(driver|diff|find)\//.test(file.path)) {
      return "imports targets/ref; only src/driver, src/diff, src/find and the tests do";
    }
    if (fromSource || isUnder(file.path, targetReaders[to] ?? [])) return undefined;
    return `imports ${found.target}; one target never imports another`;
  });

/** npm packages and Node's own modules stay where they belong. */
export const checkPackages = (files: readonly SourceFile[]): readonly string[] =>
  complainAboutImports(files, (file, found) => {
    if (isRelative(found)) return undefined;
    const isBuiltin = found.specifier.startsWith("node:") || builtinModules.includes(found.specifier);
    if (isBuiltin && !found.specifier.startsWith("node:")) return `imports ${found.specifier} without node:`;
    if (isBuiltin)
      return isUnder(file.path, nodeHomes) ? undefined : `imports ${found.specifier}, but must run in a browser`;
    if (file.path.startsWith("samples/") && found.specifier.startsWith("tgc")) return undefined;
    const [scope = "", name = ""] = found.specifier.split("/");
    const packageName = scope.startsWith("@") ? `${scope}/${name}` : scope;
    const isConfig = file.path.endsWith(".config.ts");
    const mayImport = isConfig || isUnder(file.path, packageHomes[packageName] ?? []);
    return mayImport
      ? undefined
      : `imports ${packageName}, which may be imported under: ${packageHomes[packageName] ?? "nothing"}`;
  });

/** A file that must run in a browser uses none of Node's globals either. */
export const checkNodeGlobals = (files: readonly SourceFile[]): readonly string[] => {
  const globals = new Set(["process", "Buffer", "__dirname", "__filename", "require", "setImmediate"]);
  const complaints: string[] = [];
  for (const { path, tokens } of files) {
    if (isUnder(path, nodeHomes) || path.endsWith(".config.ts")) continue;
    for (const [index, token] of tokens.entries()) {
      const isGlobal = token.kind === "word" && globals.has(token.text) && tokens[index - 1]?.text !== ".";
      const isUsed = tokens[index + 1]?.text === "." || (token.text === "require" && tokens[index + 1]?.text === "(");
      if (isGlobal && isUsed) complaints.push(`${path}:${token.line}: uses ${token.text}, but must run in a browser`);
    }
  }
  return complaints;
};

/** A relative import names an existing file with its ending. */
export const checkSpecifiers = (files: readonly SourceFile[]): readonly string[] => {
  const paths = new Set(files.map((file) => file.path));
  return complainAboutImports(files, (_file, found) => {
    if (!isRelative(found) || found.specifier.endsWith(".json")) return undefined;
    if (!found.specifier.endsWith(".ts")) return `imports ${found.specifier} without its ending .ts`;
    return paths.has(found.target) ? undefined : `imports ${found.target}, which does not exist`;
  });
};

/** The stream's checker shares no code, however indirectly, with the steps whose work it proves. */
export const checkCheckerIsIndependent = (files: readonly SourceFile[]): readonly string[] => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const complaints: string[] = [];
  for (const checker of files.filter((file) => /^targets\/neuron\/check[./]/.test(file.path))) {
    const reached = new Set([checker.path]);
    for (const path of reached) {
      if (/^targets\/neuron\/(compile|sim|gpu)\//.test(path)) {
        complaints.push(`${checker.path}:1: reaches ${path}; the checker must not use what it checks`);
      }
      for (const found of byPath.get(path)?.imports ?? []) reached.add(found.target);
    }
  }
  return complaints;
};

/** No file reaches itself by imports, those of types and dynamic ones included. */
export const checkCycles = (files: readonly SourceFile[]): readonly string[] => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const complaints: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      complaints.push(`${path}:1: import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
    }
    if (finished.has(path) || trail.includes(path)) return;
    for (const found of byPath.get(path)?.imports ?? []) visit(found.target, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of files) visit(path, []);
  return complaints;
};
