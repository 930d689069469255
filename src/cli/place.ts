// Where a file that the user named is: relative to the folder of the call, and where nothing is there, a sample that comes with tgc, so
// that what the texts show works in any folder.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { packageFolder } from "./version.ts";

const samplesFolder = /^(\.\/)?samples(\/|$)/;

/** The path of a file or folder to read. */
export function placeToRead(cwd: string, file: string): string {
  const path = resolve(cwd, file);
  if (!samplesFolder.test(file) || existsSync(path)) return path;
  const shipped = join(packageFolder(), file);
  return existsSync(shipped) ? shipped : path;
}
