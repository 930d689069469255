// `--tuned`: a database of tuned schedules.

import { ok, type Result } from "../../ir-spec/base/result.ts";
import type { ChooseFields } from "../../passes/lower/open-kernel.ts";
import type { Target } from "../driver/targets.ts";
import { chooseTuned, parseTuned, type TunedEntry } from "../tune/database.ts";
import { fileExists, readSource } from "./files.ts";
import { tgcVersion } from "./version.ts";

/** The entries of a database; `made`: none where there is no such file, which the command makes. */
export function readTuned(
  cwd: string,
  file: string | undefined,
  missing: "made" | "wrong",
): Result<readonly TunedEntry[]> {
  if (file === undefined) return ok([]);
  if (missing === "made" && !fileExists(cwd, file)) return ok([]);
  const source = readSource(cwd, file);
  return source.ok ? parseTuned(file, source.value.text) : source;
}

/** What takes the schedules of a database; undefined where none is named. */
export function loadTuned(
  cwd: string,
  file: string | undefined,
  { machine }: Target,
): Result<ChooseFields | undefined> {
  if (file === undefined) return ok(undefined);
  const entries = readTuned(cwd, file, "wrong");
  return entries.ok ? ok(chooseTuned(entries.value, { machine, version: tgcVersion() })) : entries;
}
