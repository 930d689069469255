// Finds SwiftShader, the software Vulkan driver, for the Node host: the one packed in the npm package
// `@sparticuz/chromium`, unpacked once into the user's cache directory, or the one of an installed Chromium.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

/** A directory that holds SwiftShader and its description, or why there is none. */
export type SwiftShader =
  | { readonly ok: true; readonly directory: string; readonly origin: string }
  | { readonly ok: false; readonly reason: string };

const packageName = "@sparticuz/chromium";
const driverFile = "libvk_swiftshader.so";
const descriptionFile = "vk_swiftshader_icd.json";
const neededFiles = [driverFile, "libvulkan.so.1", descriptionFile];

/** What a process needs in its environment, from its start, to use the SwiftShader of a directory. */
export function swiftShaderEnvironment(directory: string): Readonly<Record<string, string>> {
  const description = join(directory, descriptionFile);
  const libraryPath = [directory, process.env.LD_LIBRARY_PATH ?? ""].filter((part) => part !== "").join(":");
  return { LD_LIBRARY_PATH: libraryPath, VK_ICD_FILENAMES: description, VK_DRIVER_FILES: description };
}

/** Finds the SwiftShader of the installed npm package, and unpacks it where that is not done yet. */
export function findPackedSwiftShader(): SwiftShader {
  const root = packageRoot();
  if (root === undefined) return { ok: false, reason: `the npm package "${packageName}" is not installed` };
  const places = [join(root, "bin", process.arch, "swiftshader.tar.br"), join(root, "bin", "swiftshader.tar.br")];
  const archive = places.find((place) => existsSync(place));
  if (archive === undefined) return { ok: false, reason: `the npm package "${packageName}" carries no SwiftShader` };
  try {
    const version = packageVersion(root);
    const directory = unpackOnce(archive, join(cacheRoot(), `swiftshader-${version}-${process.arch}`));
    return { ok: true, directory, origin: `SwiftShader of ${packageName} ${version}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      reason: `SwiftShader of "${packageName}" cannot be unpacked to ${cacheRoot()} (XDG_CACHE_HOME moves it): ${message}`,
    };
  }
}

/** Finds the SwiftShader of an installed Chromium. */
export function findChromiumSwiftShader(): SwiftShader {
  const directory = chromiumDirectories().find(
    (place) => existsSync(join(place, driverFile)) && existsSync(join(place, descriptionFile)),
  );
  if (directory === undefined) return { ok: false, reason: "no Chromium with SwiftShader is installed" };
  return { ok: true, directory, origin: `SwiftShader of ${directory}` };
}

function chromiumDirectories(): readonly string[] {
  const playwright = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), ".cache", "ms-playwright");
  const downloaded = existsSync(playwright)
    ? readdirSync(playwright).filter((name) => name.startsWith("chromium"))
    : [];
  return [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/opt/chromium.org/chromium",
    ...downloaded
      .toSorted()
      .flatMap((name) => [join(playwright, name, "chrome-linux"), join(playwright, name, "chrome-linux64")]),
  ];
}

/** The package's folder, found without loading the package. */
function packageRoot(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName);
    const isRoot = (directory: string) => existsSync(join(directory, "bin"));
    return parents(entry).find(isRoot);
  } catch {
    return undefined;
  }
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parents(parent)];
}

function packageVersion(root: string): string {
  const description: { readonly version?: unknown } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return String(description.version);
}

function cacheRoot(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "tgc");
}

/** Unpacks to a directory of its own, then renames: another process sees all files or none. */
function unpackOnce(archive: string, directory: string): string {
  const isComplete = () => neededFiles.every((name) => existsSync(join(directory, name)));
  if (isComplete()) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.`);
  try {
    const files = readTar(brotliDecompressSync(readFileSync(archive)));
    for (const name of neededFiles) {
      const content = files.get(name);
      if (content === undefined) throw new Error(`${archive} holds no ${name}`);
      writeFileSync(join(unfinished, name), content, { mode: 0o755 });
    }
    if (!isComplete()) rmSync(directory, { recursive: true, force: true });
    renameSync(unfinished, directory);
  } catch (error) {
    if (!isComplete()) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return directory;
}

/** Reads the plain files of a tar archive, by name. Source: POSIX.1-2017, pax, "ustar Interchange Format". */
function readTar(tar: Buffer): ReadonlyMap<string, Buffer> {
  const blockBytes = 512;
  const files = new Map<string, Buffer>();
  let offset = 0;
  while (offset + blockBytes <= tar.byteLength && tar[offset] !== 0) {
    const text = (from: number, to: number) =>
      tar.toString("latin1", offset + from, offset + to).split("\0", 1)[0] ?? "";
    const fileBytes = Number.parseInt(text(124, 136), 8);
    const start = offset + blockBytes;
    files.set(text(0, 100).replace(/^\.\//, ""), tar.subarray(start, start + fileBytes));
    offset = start + Math.ceil(fileBytes / blockBytes) * blockBytes;
  }
  return files;
}
