// The files of a folder, at any depth. Links to folders are not followed, as they may lead round in circles.

import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Folders that hold the files of others. */
const foreign: readonly string[] = ["node_modules"];

/** The paths of all files below a folder but hidden ones and those of skipped folders; throws what the system says. */
export function listFolder(folder: string, skipped: readonly string[] = []): readonly string[] {
  const isSkipped = ({ name }: Dirent) => name.startsWith(".") || foreign.includes(name) || skipped.includes(name);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isSkipped(entry) ? [] : listFolder(path, skipped);
    return !entry.name.startsWith(".") && isFile(path, entry) ? [path] : [];
  });
}

function isFile(path: string, entry: Dirent): boolean {
  return entry.isSymbolicLink() ? leadsToFile(path) : entry.isFile();
}

/** A link may lead nowhere, or in a circle. */
function leadsToFile(link: string): boolean {
  try {
    return statSync(link, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}
