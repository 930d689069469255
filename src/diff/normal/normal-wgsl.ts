// The normal form of a launch plan's text (stage 6c): module by module without comments, blank lines and indentation, identifiers that
// the text declares renamed in the order in which they occur. Texts with the same normal form are equal but for these.

/** What declares a name in WGSL, and the numbered buffers and modules of a plan. */
const declaration =
  /\b(?:fn|let|const|struct|override|alias|var(?:\s*<[^>]*>)?)\s+([A-Za-z_]\w*)|\b([A-Za-z_]\w*)\s*:/g;

/** Launches name it. */
const entryPoint = "main";

const word = /[A-Za-z_]\w*/g;

/** Prints the normal form of a plan as `tgc compile --target webgpu` prints it, or of WGSL by itself. */
export function normalWgsl(text: string): string {
  const [plan = "", ...modules] = text.split(/^\/\/ module .*$/m);
  const isPlan = modules.length > 0;
  const sections = isPlan ? [planLines(plan), ...modules.map(moduleLines)] : [moduleLines(plan)];
  const titled = sections.map((lines, index) => (isPlan && index > 0 ? [`module ${index - 1}`, ...lines] : lines));
  return `${titled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Whether a plan's text leaves out some of its constants, so that equal texts may be of different plans. */
export function leavesOutValues(text: string): boolean {
  return /^\/\/ +b\d+: values .*\.\.\.$/m.test(text);
}

/** The lines of the plan, without the notes at their ends and the numbers in names of modules. */
function planLines(plan: string): readonly string[] {
  const lines = plan.split("\n").map((line) =>
    line
      .replace(/^\/\/ ?/, "")
      .replace(/ *\/\/.*$/, "")
      .trim(),
  );
  const [, ...after] = lines.filter((line) => line !== "");
  const modules = new Map<string, string>();
  return after.map((line) => {
    const module = /^(\d+): (\w+) \(/.exec(line)?.[2];
    if (module === undefined) return line;
    const name = modules.get(module) ?? `module ${modules.size}`;
    modules.set(module, name);
    return line.replace(`: ${module} (`, `: ${name} (`);
  });
}

function moduleLines(module: string): readonly string[] {
  const code = withoutComments(module);
  // A member or a swizzle may read like a variable, and is none.
  const members = new Set([...code.matchAll(/\.\s*([A-Za-z_]\w*)/g)].map(([, member = ""]) => member));
  const found = [...code.matchAll(declaration)].map(([, named, typed]) => named ?? typed ?? "");
  const declared = new Set(found.filter((name) => !members.has(name) && name !== entryPoint));
  const names = new Map<string, string>();
  const rename = (name: string): string => {
    if (!declared.has(name)) return name;
    const known = names.get(name) ?? `v${names.size}`;
    names.set(name, known);
    return known;
  };
  const lines = code.split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  return lines.filter((line) => line !== "").map((line) => line.replace(word, rename));
}

/** WGSL has comments to the end of the line, and nested ones. */
function withoutComments(code: string): string {
  const kept: string[] = [];
  let depth = 0;
  for (let at = 0; at < code.length; at++) {
    const pair = code.slice(at, at + 2);
    if (depth === 0 && pair === "//") {
      const end = code.indexOf("\n", at);
      at = (end < 0 ? code.length : end) - 1;
    } else if (pair === "/*") {
      depth++;
      at++;
    } else if (depth > 0 && pair === "*/") {
      depth--;
      at++;
      kept.push(" ");
    } else if (depth === 0) kept.push(code[at] as string);
  }
  return kept.join("");
}
