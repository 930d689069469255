// `tgc replay`: whether the call of a crash's reproducer still fails.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { at, fail, ok, problem } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { failureOf, type Reproducer, readReproducer } from "../../find/replay/reproducer.ts";
import { readSource } from "../files.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";

export async function replayCommand(
  { args: { file } }: Given<"replay">,
  context: CommandContext,
): Promise<CommandResult> {
  const source = readSource(context.io.cwd, file);
  if (!source.ok) return source;
  const reproducer = readReproducer(source.value.text);
  if (reproducer === undefined || reproducer.argv[0] === "replay")
    return fail([at(problem("E1333", { file }), undefined)]);
  const ran = await runAgain(reproducer, context);
  const { version, argv } = reproducer;
  const recorded = failureOf(reproducer.detail);
  const found = ran.detail === undefined ? undefined : failureOf(ran.detail);
  const isSame = found === recorded;
  const call = `tgc ${argv.map(showName).join(" ")}`;
  const end =
    found === undefined
      ? `no longer fails: exit code ${ran.exitCode}`
      : isSame
        ? "still fails"
        : "fails in another way";
  const more =
    found === undefined ? (ran.exitCode === 0 ? "" : ran.log) : `${showName(ran.detail?.split("\n")[0] ?? "")}\n`;
  return ok({
    exitCode: found === undefined ? 0 : 1,
    text: `${end}: ${call}\n${more}`,
    json: { version, argv, fails: found !== undefined, isSame, exitCode: ran.exitCode, recorded, found: found ?? null },
  });
}

interface RanAgain {
  readonly exitCode: number;
  readonly log: string;
  /** What went wrong this time; undefined where tgc did not fail. */
  readonly detail: string | undefined;
}

/** Runs the call in a folder that holds its programs, under names of ours: the file's may lead anywhere. */
async function runAgain({ argv, files }: Reproducer, { io, tgc }: CommandContext): Promise<RanAgain> {
  const folder = mkdtempSync(join(tmpdir(), "tgc-replay-"));
  const crashFolder = join(folder, "crash");
  mkdirSync(crashFolder);
  const names = new Map([...files.keys()].map((name, index) => [name, `input-${index}${extname(name)}`]));
  for (const [name, text] of files) writeFileSync(join(folder, names.get(name) ?? ""), text);
  const log: string[] = [];
  const quiet = { ...io, stdout: () => {}, stderr: (text: string) => log.push(text), cwd: folder, crashFolder };
  try {
    const words = argv.map((word) => names.get(word) ?? inside(word));
    const exitCode = await tgc(words, quiet);
    const [crash] = readdirSync(crashFolder);
    const detail =
      crash === undefined ? undefined : readReproducer(readFileSync(join(crashFolder, crash), "utf8"))?.detail;
    return { exitCode, log: log.join(""), detail: detail ?? (exitCode === 3 ? log.join("") : undefined) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A word that leads out of the folder leads to a name in it that nobody has: nothing of the user's is read or written. */
function inside(word: string): string {
  return word.replace(/(^|=)(?:\/|[A-Za-z]:[\\/]|(?:[^=]*[\\/])?\.\.(?:[\\/]|$)).*$/, "$1outside");
}
