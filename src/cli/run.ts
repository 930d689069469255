// Runs one call of the command in this process: reads the command line, calls the command, prints what it gave back and
// writes its files. Gives the exit code: 0 fine, 1 mistakes or differences, 2 wrong usage, 3 a bug of tgc.

import pc from "picocolors";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import { showName, showText } from "../../ir-spec/base/shown-text.ts";
import { runCommand } from "./commands.ts";
import { errorToDiagnostic, isInternal, writeReproducer } from "./internal-error.ts";
import type { CliIo } from "./io.ts";
import { filesRead } from "./option-kinds.ts";
import type { CommandContext, Outcome } from "./outcome.ts";
import { type ParsedArgv, parseArgv } from "./parse-argv.ts";
import { commandSpec } from "./specs.ts";
import { tgcVersion } from "./version.ts";
import { writeFiles } from "./write-files.ts";

export type { CliIo } from "./io.ts";

type Call = Extract<ParsedArgv, { kind: "call" }>;

/** Runs `tgc` with the given words; never throws. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArgv(argv, { columns: io.columns, version: tgcVersion });
  if (parsed.kind === "text") {
    io.stdout(parsed.text);
    return 0;
  }
  if (parsed.kind === "usage") return reportUsage(parsed, argv, io);
  const context: CommandContext = { io, nowMs: () => performance.now() };
  try {
    const result = await runCommand(parsed.command, parsed.given, context);
    const writing = { inputs: inputsOf(parsed), hold: io.holdInterrupts };
    const written = result.ok ? writeFiles(io.cwd, result.value.files ?? [], writing) : result;
    if (!written.ok) return await reportDiagnostics(written.error, parsed, argv, io);
    return result.ok ? await printOutcome(result.value, parsed, io) : 1;
  } catch (error) {
    const found = errorToDiagnostic(error, `tgc ${parsed.command}`);
    if (!isInternal(found)) return await reportDiagnostics([found], parsed, argv, io);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return reportInternal([found], stack, { call: parsed, argv, io });
  }
}

/** Every file that the call may have read. */
function inputsOf({ command, given }: Call): readonly string[] {
  const { args, options } = commandSpec(command);
  return [
    ...Object.entries(args).flatMap(([name, spec]) => filesRead(spec, given.args[name])),
    ...Object.entries(options).flatMap(([name, spec]) => filesRead(spec, given.options[name])),
  ];
}

function wantsJson({ given }: Call): boolean {
  return given.options.json === true;
}

async function printOutcome(outcome: Outcome, call: Call, io: CliIo): Promise<number> {
  const { exitCode, text, colored, log, findings, json } = outcome;
  if (log !== undefined && log !== "") io.stderr(showText(log));
  if (findings !== undefined && findings.length > 0) await renderTo(io, findings);
  const result = { schema: `tgc.${call.command}/1`, ok: exitCode === 0, ...json };
  const shown = io.isTerminal && colored !== undefined ? colored : showText(text);
  io.stdout(wantsJson(call) ? printJson(result) : shown);
  return exitCode;
}

/** JSON in which control characters are escaped that JSON itself lets pass. */
function printJson(value: unknown): string {
  return `${showText(JSON.stringify(value, null, 2))}\n`;
}

async function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  call: Call,
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  if (diagnostics.some(isInternal)) {
    const detail = diagnostics.map(({ code, args }) => `${code} ${JSON.stringify(args)}`).join("\n");
    return reportInternal(diagnostics, detail, { call, argv, io });
  }
  await printDiagnostics(diagnostics, call, io);
  return 1;
}

async function reportInternal(
  diagnostics: readonly Diagnostic[],
  detail: string,
  { call, argv, io }: { readonly call: Call; readonly argv: readonly string[]; readonly io: CliIo },
): Promise<number> {
  const file = writeReproducer(argv, io.cwd, detail, io.crashFolder);
  const told = file === undefined ? "the reproducer file could not be written" : `the reproducer is in ${file}`;
  const withNote = diagnostics.map((found) =>
    isInternal(found) ? { ...found, notes: [...found.notes, { text: told }] } : found,
  );
  await printDiagnostics(withNote, call, io);
  return 3;
}

async function renderTo(io: CliIo, diagnostics: readonly Diagnostic[]): Promise<void> {
  const { renderDiagnostics } = await import("../report/diagnostics.ts");
  io.stderr(renderDiagnostics(diagnostics, { color: io.isTerminal }));
}

async function printDiagnostics(diagnostics: readonly Diagnostic[], call: Call, io: CliIo): Promise<void> {
  await renderTo(io, diagnostics);
  if (!wantsJson(call)) return;
  const { diagnosticJson } = await import("../report/diagnostics.ts");
  const found = diagnostics.map(diagnosticJson);
  io.stdout(printJson({ schema: `tgc.${call.command}/1`, ok: false, diagnostics: found }));
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
