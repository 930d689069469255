// Runs one call of the command in this process: reads the command line, calls the command for each of its files, prints what it gave
// back and writes its files. Gives the exit code: 0 fine, 1 mistakes or differences, 2 wrong usage, 3 a bug of tgc.

import pc from "picocolors";
import { type Diagnostic, fail, type Result } from "../../ir-spec/base/result.ts";
import { showName, showText } from "../../ir-spec/base/shown-text.ts";
import { runCommand } from "./commands.ts";
import { callsOf, type FileCall } from "./each-file.ts";
import { errorToDiagnostic, isInternal, writeReproducer } from "./internal-error.ts";
import type { CliIo } from "./io.ts";
import { filesRead } from "./option-kinds.ts";
import type { CommandContext, Outcome } from "./outcome.ts";
import { type ParsedArgv, parseArgv, type RawGiven } from "./parse-argv.ts";
import { type CommandName, commandSpec } from "./specs.ts";
import { withStandardInput } from "./standard-input.ts";
import { tgcVersion } from "./version.ts";
import { findOutside, makeFolder, writeFiles } from "./write-files.ts";

export type { CliIo } from "./io.ts";

type Call = Extract<ParsedArgv, { kind: "call" }>;

/** A call and what it runs in. */
interface Running {
  readonly command: CommandName;
  readonly argv: readonly string[];
  readonly io: CliIo;
}

/** What a call shows, when what is for stderr has been printed. */
interface Shown {
  readonly exitCode: number;
  readonly text: string;
  /** The fields of its JSON object, without `schema`. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Runs `tgc` with the given words; never throws. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArgv(argv, { columns: io.columns, version: tgcVersion });
  if (parsed.kind === "text") {
    io.stdout(parsed.text);
    return 0;
  }
  if (parsed.kind === "usage") return reportUsage(parsed, argv, io);
  return withStandardInput(io.stdin, () => runCall(parsed, { command: parsed.command, argv, io }));
}

async function runCall({ given }: Call, running: Running): Promise<number> {
  const { command, io } = running;
  const calls = callsOf(io.cwd, commandSpec(command), given);
  const wantsJson = given.options.json === true;
  const schema = `tgc.${command}/1`;
  if (calls.ok && calls.value.kind === "each") return runEach(calls.value.calls, { running, wantsJson, schema });
  const one = calls.ok && calls.value.kind === "one" ? calls.value.call : { given, folders: [] };
  const { exitCode, text, json } = await (calls.ok ? runOne(one, running) : showDiagnostics(calls.error, running));
  io.stdout(wantsJson ? printJson({ schema, ...json }) : text);
  return exitCode;
}

interface EachOptions {
  readonly running: Running;
  readonly wantsJson: boolean;
  readonly schema: string;
}

/** One file after the other; what each prints is under its name. */
async function runEach(calls: readonly FileCall[], { running, wantsJson, schema }: EachOptions): Promise<number> {
  const { io, argv } = running;
  const files: object[] = [];
  let largest = 0;
  for (const call of calls) {
    const { file } = call;
    const repeated = argv.includes(file) ? argv : [...argv, file];
    const { exitCode, text, json } = await runOne(call, { ...running, argv: repeated });
    largest = Math.max(largest, exitCode);
    if (wantsJson) files.push({ file, ...json });
    else if (text !== "") io.stdout(`==> ${showName(file)} <==\n${text}\n`);
  }
  if (wantsJson) io.stdout(printJson({ schema, ok: largest === 0, files }));
  return largest;
}

async function runOne({ given, folders }: Omit<FileCall, "file">, running: Running): Promise<Shown> {
  const { command, io, argv } = running;
  const context: CommandContext = { io, nowMs: () => performance.now(), tgc: runCli };
  try {
    const result = await runCommand(command, given, context);
    const written = result.ok ? writeAll(result.value, { command, given, folders, io }) : result;
    if (!written.ok) return await showDiagnostics(written.error, running);
    return result.ok ? await showOutcome(result.value, io) : { exitCode: 1, text: "", json: { ok: false } };
  } catch (error) {
    const found = errorToDiagnostic(error, `tgc ${command}`);
    if (!isInternal(found)) return await showDiagnostics([found], running);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return showInternal([found], stack, { io, argv });
  }
}

interface Writing extends Pick<FileCall, "given" | "folders"> {
  readonly command: CommandName;
  readonly io: CliIo;
}

function writeAll({ files = [] }: Outcome, { command, given, folders, io }: Writing): Result<undefined> {
  const needed = files.length === 0 ? [] : folders;
  const outside = findOutside(io, [...needed, ...files.map(({ path }) => path)]);
  if (outside.length > 0) return fail(outside);
  for (const folder of needed) {
    const made = makeFolder(io.cwd, folder);
    if (!made.ok) return made;
  }
  return writeFiles(io.cwd, files, { inputs: inputsOf(command, given), hold: io.holdInterrupts });
}

/** Every file that the call may have read. */
function inputsOf(command: CommandName, given: RawGiven): readonly string[] {
  const { args, options } = commandSpec(command);
  return [
    ...Object.entries(args).flatMap(([name, spec]) => filesRead(spec, given.args[name])),
    ...Object.entries(options).flatMap(([name, spec]) => filesRead(spec, given.options[name])),
  ];
}

async function showOutcome(outcome: Outcome, io: CliIo): Promise<Shown> {
  const { exitCode, text, colored, log, findings, warnings = [], json } = outcome;
  const warned = warnings.length === 0 ? {} : await showWarnings(warnings, io);
  if (log !== undefined && log !== "") io.stderr(showText(log));
  if (findings !== undefined && findings.length > 0) await renderTo(io, findings);
  const shown = io.isTerminal && colored !== undefined ? colored : showText(text);
  return { exitCode, text: shown, json: { ok: exitCode === 0, ...json, ...warned } };
}

async function showWarnings(warnings: readonly Diagnostic[], io: CliIo): Promise<Shown["json"]> {
  const { diagnosticJson, renderDiagnostics } = await import("../report/diagnostics.ts");
  io.stderr(renderDiagnostics(warnings, { color: io.isTerminal }));
  return { warnings: warnings.map(diagnosticJson) };
}

/** JSON in which control characters are escaped that JSON itself lets pass. */
function printJson(value: unknown): string {
  return `${showText(JSON.stringify(value, null, 2))}\n`;
}

async function showDiagnostics(diagnostics: readonly Diagnostic[], running: Omit<Running, "command">): Promise<Shown> {
  if (diagnostics.some(isInternal)) {
    const detail = diagnostics.map(({ code, args }) => `${code} ${JSON.stringify(args)}`).join("\n");
    return showInternal(diagnostics, detail, running);
  }
  return { exitCode: 1, text: "", json: await printDiagnostics(diagnostics, running.io) };
}

async function showInternal(
  diagnostics: readonly Diagnostic[],
  detail: string,
  { argv, io }: Omit<Running, "command">,
): Promise<Shown> {
  const file = writeReproducer(argv, io.cwd, detail, io.crashFolder);
  const told = file === undefined ? "the reproducer file could not be written" : `the reproducer is in ${file}`;
  const withNote = diagnostics.map((found) =>
    isInternal(found) ? { ...found, notes: [...found.notes, { text: told }] } : found,
  );
  return { exitCode: 3, text: "", json: await printDiagnostics(withNote, io) };
}

async function renderTo(io: CliIo, diagnostics: readonly Diagnostic[]): Promise<void> {
  io.diagnosed?.(diagnostics);
  const { renderDiagnostics } = await import("../report/diagnostics.ts");
  io.stderr(renderDiagnostics(diagnostics, { color: io.isTerminal }));
}

async function printDiagnostics(diagnostics: readonly Diagnostic[], io: CliIo): Promise<Shown["json"]> {
  await renderTo(io, diagnostics);
  const { diagnosticJson } = await import("../report/diagnostics.ts");
  return { ok: false, diagnostics: diagnostics.map(diagnosticJson) };
}

function reportUsage(usage: Extract<ParsedArgv, { kind: "usage" }>, argv: readonly string[], io: CliIo): number {
  const colors = pc.createColors(io.isTerminal);
  const lines = [
    `${colors.bold(colors.red("error"))}${colors.bold(`: ${showName(usage.message)}`)}`,
    ...usage.helps.map((help) => `  ${colors.blue("=")} ${colors.bold("help")}: ${showName(help)}`),
  ];
  io.stderr(`${lines.join("\n")}\n`);
  if (argv.includes("--json")) {
    io.stdout(printJson({ schema: "tgc.usage/1", ok: false, message: usage.message, helps: usage.helps }));
  }
  return 2;
}
