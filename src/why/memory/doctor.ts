// The memory doctor: diagnostics of what does not fit on chip, with what is needed at the same time, where that comes from, and changes of
// the schedule that make it fit. It looks at the first kernels only: those after them are mostly equal.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { BufferId, NodeId } from "../../../ir-spec/base/ids.ts";
import type { Diagnostic, Note } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { TileKernel, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { accessesOf } from "../../../passes/lower/body/uses.ts";
import { findMisfits, type Misfit, misfitNotes } from "../../../targets/neuron/compile/misfits.ts";
import { type CompileOptions, graphToTiles, type Lowered } from "../../driver/compile.ts";
import { atKernels } from "../../driver/origins.ts";
import { findFusions, fusionText } from "./fusions.ts";
import { findRemedies, type Remedies, type Remedy } from "./remedies.ts";

/** So many kernels are looked at. */
const mostKernels = 2;

/** The diagnostics with more to say of what does not fit: on chip (E0801) or in HBM (E0803). */
export function explainMisfits(
  diagnostics: readonly Diagnostic[],
  graph: Graph,
  options: CompileOptions,
): readonly Diagnostic[] {
  if (!diagnostics.some(({ code }) => code === "E0801" || code === "E0803")) return diagnostics;
  const made = graphToTiles(graph, { ...options, observe: undefined });
  if (!made.ok) return diagnostics;
  const fusions = findFusions(graph, options, made.value.value.kernels.length);
  return explainKernels(diagnostics, made.value, options).map((found) => {
    if (found.code !== "E0801" && found.code !== "E0803") return found;
    const notes = [...found.notes, ...fusions.map((fusion) => ({ text: fusionText(fusion) }))];
    return { ...found, notes, figures: { ...found.figures, fusions } };
  });
}

function explainKernels(
  diagnostics: readonly Diagnostic[],
  made: Lowered<TileProgram>,
  options: CompileOptions,
): readonly Diagnostic[] {
  const { value: program, graph: lowered } = made;
  const misfits = findMisfits(program, options.target.machine);
  const remedies = new Map<string, Remedies>();
  for (const { kernel } of misfits) {
    if (remedies.size < mostKernels && !remedies.has(kernel))
      remedies.set(kernel, findRemedies({ graph: lowered, program }, kernel, options));
  }
  return atKernels(diagnostics, lowered, program).map((found) => {
    const misfit = misfits.find(
      ({ kernel, memory }) => kernel === found.args.kernel && memory.toUpperCase() === found.args.memory,
    );
    return misfit === undefined ? found : withMore(found, misfit, { program, lowered, remedies });
  });
}

interface Known {
  readonly program: TileProgram;
  readonly lowered: Graph;
  readonly remedies: ReadonlyMap<string, Remedies>;
}

function withMore(diagnostic: Diagnostic, misfit: Misfit, { program, lowered, remedies }: Known): Diagnostic {
  const kernel = program.kernels.find(({ name }) => name === misfit.kernel);
  const lines = kernel === undefined ? new Map() : linesOfBuffers(kernel, lowered);
  const found = remedies.get(misfit.kernel);
  const live = misfit.live.map((one) => ({ ...one, lines: lines.get(one.buffer) ?? [] }));
  return {
    ...diagnostic,
    notes: [...misfitNotes(program, misfit, (buffer) => lineWords(lines.get(buffer) ?? [])), ...remedyNotes(found)],
    figures: { ...misfit, live, ...(found && { remedies: found.found, tried: found.tried }) },
  };
}

/** For each buffer on chip the lines of what writes it. */
function linesOfBuffers({ body }: TileKernel, { nodes }: Graph): ReadonlyMap<BufferId, readonly number[]> {
  const lines = new Map<BufferId, number[]>();
  const lineOf = (node: NodeId): readonly number[] => {
    const span = nodes[node]?.span;
    return span === undefined ? [] : [positionOf(span.source, span.start).line];
  };
  const visit = (statement: TileStatement): void => {
    if (statement.kind === "loop") for (const inner of statement.body) visit(inner);
    if (statement.kind !== "op") return;
    const own = (statement.origin ?? []).flatMap(lineOf);
    for (const [{ buffer }, role] of accessesOf(statement)) {
      if (role === "read") continue;
      const all = new Set([...(lines.get(buffer) ?? []), ...own]);
      lines.set(
        buffer,
        [...all].sort((a, b) => a - b),
      );
    }
  };
  for (const statement of body) visit(statement);
  return lines;
}

function lineWords(lines: readonly number[]): string {
  if (lines.length === 0) return "";
  return `line${lines.length === 1 ? "" : "s"} ${lines.join(", ")}`;
}

function remedyNotes(remedies: Remedies | undefined): readonly Note[] {
  if (remedies === undefined) return [];
  const { found, tried } = remedies;
  if (found.length === 0) return [{ text: `${tried} other schedules of it were lowered, and none fits` }];
  return found.map((remedy) => ({ text: remedyText(remedy) }));
}

/** `slots_rhs=1 fits: 12.3 us, +6.2 % time` */
function remedyText({ fields, timeNs, morePercent }: Remedy): string {
  const what = fields === "" ? "what the strategy chooses without the schedule" : fields;
  const sign = morePercent !== undefined && morePercent < 0 ? "" : "+";
  const more =
    morePercent === undefined ? "" : `, ${sign}${morePercent.toFixed(1)} % against the same with room for all of it`;
  return `${what} fits: the kernel takes ${formatNs(timeNs)}${more}`;
}
