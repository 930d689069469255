// Where tgc is installed and which version it is, from its package.json, which lies above this file as well as above the
// bundle made of it.

import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the nearest package.json above this code. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (statSync(join(folder, "package.json"), { throwIfNoEntry: false }) === undefined) {
    if (dirname(folder) === folder) return folder;
    folder = dirname(folder);
  }
  return folder;
}

export function tgcVersion(): string {
  const file = join(packageFolder(), "package.json");
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return "unknown";
  const found: unknown = JSON.parse(readFileSync(file, "utf8"));
  const version = typeof found === "object" && found !== null && "version" in found ? found.version : undefined;
  return typeof version === "string" ? version : "unknown";
}
