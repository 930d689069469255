// `tgc replay`: whether the call of a crash's reproducer still fails.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, fail, ok, problem } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { failureOf, type Reproducer, readReproducer } from "../../find/replay/reproducer.ts";
import { readSource } from "../files.ts";
import type { CliIo } from "../io.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import { parseArgv } from "../parse-argv.ts";
import type { Given } from "../specs.ts";

export async function replayCommand(
  { args: { file } }: Given<"replay">,
  context: CommandContext,
): Promise<CommandResult> {
  const source = readSource(context.io.cwd, file);
  if (!source.ok) return source;
  const reproducer = readReproducer(source.value.text);
  if (reproducer === undefined) return fail([at(problem("E1333", { file }), undefined)]);
  if (obeysFiles(reproducer)) {
    const notes = [{ text: "calls of `tgc test` and `tgc replay` are not run again: they do what files say" }];
    return fail([at(problem("E1333", { file }), undefined, notes)]);
  }
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

/** Whether the call would make other calls, with paths of their own. */
function obeysFiles({ argv }: Reproducer): boolean {
  const parsed = parseArgv(argv, { columns: 100, version: () => "" });
  return parsed.kind === "call" && (parsed.command === "replay" || parsed.command === "test");
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
  const names = new Map([...files.keys()].map((name, index) => [name, `input-${index}${endingOf(name)}`]));
  for (const [name, text] of files) writeFileSync(join(folder, names.get(name) ?? ""), text);
  const log: string[] = [];
  const quiet: CliIo = {
    ...io,
    stdout: () => {},
    stderr: (text) => log.push(text),
    cwd: folder,
    crashFolder,
    writesWithin: folder,
  };
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

/** The ending says the stage of a program; what is none may be no name for a file at all. */
function endingOf(name: string): string {
  return /\.\w{1,16}$/.exec(name)?.[0] ?? "";
}

/** A word that leads out of the folder leads to a name in it that nobody has, so that no file of the user's is taken for one of the call. */
function inside(word: string): string {
  return word.replace(/(^|=)(?:\/|[A-Za-z]:[\\/]|(?:[^=]*[\\/])?\.\.(?:[\\/]|$)).*$/, "$1outside");
}
