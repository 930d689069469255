// `tgc doctor`: what this machine has of what tgc can use, and what to do about what is missing.

import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { ok } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { withGpuHost } from "../gpu.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { packageFolder, tgcVersion } from "../version.ts";

interface Finding {
  readonly name: string;
  /** Whether tgc cannot do without it. */
  readonly isNeeded: boolean;
  readonly isFine: boolean;
  readonly found: string;
  readonly remedy?: string;
}

export async function doctorCommand(_given: Given<"doctor">, _context: CommandContext): Promise<CommandResult> {
  const findings = [nodeFinding(), ...packages.map(packageFinding), await gpuFinding()];
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, isFine, found, remedy }) => {
    const more = remedy === undefined ? "" : `\n${" ".repeat(width + 10)}${showName(remedy)}`;
    return `${isFine ? "ok     " : "missing"}  ${name.padEnd(width)} ${showName(found)}${more}\n`;
  });
  const system = `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const text = `tgc ${tgcVersion()} in ${showName(packageFolder())}\n${system}\n\n${lines.join("")}`;
  const exitCode = findings.some(({ isNeeded, isFine }) => isNeeded && !isFine) ? 1 : 0;
  return ok({ exitCode, text, json: { version: tgcVersion(), folder: packageFolder(), system, findings } });
}

/** As in package.json. */
const oldestNode = [20, 19] as const;

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isFine = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const remedy = isFine ? {} : { remedy: `install Node ${oldestNode.join(".")} or newer, from nodejs.org` };
  return { name: "Node", isNeeded: true, isFine, found: process.version, ...remedy };
}

const packages = [
  { name: "webgpu", why: "WebGPU in `tgc run --on webgpu` and `tgc check`" },
  { name: "@sparticuz/chromium", why: "a software adapter for WebGPU where there is no GPU (Linux x64)" },
] as const;

function packageFinding({ name, why }: (typeof packages)[number]): Finding {
  const require = createRequire(import.meta.url);
  try {
    require.resolve(name);
    return { name, isNeeded: false, isFine: true, found: "installed" };
  } catch {
    return { name, isNeeded: false, isFine: false, found: why, remedy: `npm install ${name}` };
  }
}

async function gpuFinding(): Promise<Finding> {
  const about = { name: "WebGPU adapter", isNeeded: false } as const;
  const found = await withGpuHost((gpu) => gpu.describe());
  if (!found.ok) return { ...about, isFine: false, found: found.reason, remedy: found.remedy };
  const { name, origin } = found.adapter;
  return { ...about, isFine: true, found: `${name} (${origin})` };
}
