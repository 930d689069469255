// Where the scripts of threads are.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The bundle's script of this name, which lies beside the command or one folder up; among the sources there is none. */
export function findWorkerScript(name: string): string | undefined {
  const places = [`./${name}.js`, `../${name}.js`];
  return places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
}
