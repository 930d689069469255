// The licences of the packages whose code is in the bundles, which have to go with it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The text for NOTICES.txt: name, version and licence of each npm package that one of the files belongs to. */
export function noticesOf(files: readonly string[]): string {
  const folders = files.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const notices = [...new Set(folders)].sort().map(noticeOf);
  return `tgc contains code of these packages.\n\n${notices.join("\n\n")}`;
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const licences = texts.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n\n${licences.join("\n\n")}\n`;
}
