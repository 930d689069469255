// One kernel of a program lowered with another schedule: what it then needs on chip, and how long it takes by itself.

import type { Graph } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Schedule } from "../../../ir-spec/schedule.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import type { PassEnv } from "../../../passes/pass.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { findMisfits } from "../../../targets/neuron/compile/misfits.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { type CompileOptions, optimizedToTiles, passEnv } from "../../driver/compile.ts";

/** Changed in place: how many trials are left. */
export interface Trials {
  readonly graph: Graph;
  readonly options: CompileOptions;
  readonly kernel: string;
  readonly env: PassEnv;
  left: number;
}

export function makeTrials(graph: Graph, options: CompileOptions, kernel: string, most: number): Trials {
  return { graph, options, kernel, env: passEnv(options.target), left: most };
}

/** The kernel alone, as a program; undefined where it cannot be lowered so, or no trial is left. */
export function lowerKernel(trials: Trials, schedule: Schedule | undefined): TileProgram | undefined {
  if (trials.left <= 0) return undefined;
  trials.left--;
  const { graph, options, kernel, env } = trials;
  const tiles = optimizedToTiles(graph, { ...options, schedule }, env);
  return tiles.ok ? kernelAlone(tiles.value, kernel) : undefined;
}

export function kernelAlone(program: TileProgram, kernel: string): TileProgram {
  return { ...program, kernels: program.kernels.filter(({ name }) => name === kernel) };
}

/** The largest part of a memory that a program needs: more than 1 where it does not fit. */
export function shareNeeded(program: TileProgram, machine: Machine): number {
  const shares = findMisfits(program, machine).map(({ neededBytes, capacityBytes }) => neededBytes / capacityBytes);
  return Math.max(1, ...shares);
}

/** Simulated time (ns), whatever else the program has in HBM; undefined where it cannot be had. */
export function timeAlone(program: TileProgram, real: Machine): number | undefined {
  const machine = { ...real, hbmBytes: Number.MAX_SAFE_INTEGER };
  const stream = compileTiles(program, machine);
  if (!stream.ok) return undefined;
  const ran = simulate(stream.value, machine, undefined);
  return ran.ok ? ran.value.report.timeNs : undefined;
}

/** The machine with as much room on chip as a program needs. */
export function machineWithRoom(program: TileProgram, machine: Machine): Machine {
  const needs = findMisfits(program, machine);
  const most = (memory: "sbuf" | "psum"): number =>
    Math.max(0, ...needs.filter((one) => one.memory === memory).map(({ neededBytes }) => neededBytes));
  const banks = Math.ceil(most("psum") / machine.psumBankBytesPerPartition);
  return {
    ...machine,
    sbufBytesPerPartition: Math.max(machine.sbufBytesPerPartition, most("sbuf")),
    psumBanks: Math.max(machine.psumBanks, banks),
  };
}
