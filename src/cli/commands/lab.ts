// `tgc lab`: serves the page that compiles in the browser, until it is interrupted; or writes it into a folder.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at, problem } from "../../../ir-spec/base/result.ts";
import { type LabFile, serveLab } from "../lab-server.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { packageFolder } from "../version.ts";
import { makeFolder } from "../write-files.ts";

export async function labCommand({ options }: Given<"lab">, { io }: CommandContext): Promise<CommandResult> {
  const files = loadLabFiles();
  if (files === undefined) {
    const why = "it is not built; in a checkout `npm run build` makes it";
    return stop([at(problem("E1301", { file: labFolder(), why }), undefined)]);
  }
  if (options.out !== undefined) return writeLab(io.cwd, options.out, files);
  const server = await serveLab(files, options.port);
  if (!server.ok) return server;
  const { url, close } = server.value;
  // The command ends when the server does; what it says at its end comes too late for who wants to open the page.
  if (!options.json) io.stdout(`the lab is at ${url} (Ctrl-C ends it)\n`);
  await io.untilInterrupted?.();
  await close();
  return done("", { url });
}

const labFolder = (): string => join(packageFolder(), "dist", "lab");

/** As the build made them; undefined where nobody has built. */
function loadLabFiles(): readonly LabFile[] | undefined {
  const folder = labFolder();
  if (!existsSync(join(folder, "index.html"))) return undefined;
  return readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
}

function writeLab(cwd: string, folder: string, files: readonly LabFile[]): CommandResult {
  const made = makeFolder(cwd, folder);
  if (!made.ok) return made;
  const written = files.map(({ name, content }) => ({ path: join(folder, name), content }));
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const text = `${folder}: ${files.length} files, ${Math.ceil(bytes / 1000)} kB; any web server can serve them\n`;
  const listed = files.map(({ name, content }) => ({ name, bytes: content.length }));
  return done(text, { folder, bytes, files: listed }, { files: written });
}
