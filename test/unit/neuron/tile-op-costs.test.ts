// What passes take a statement to cost, against what the simulator takes for many of them: every tile op with its operands in each
// memory, in several dtypes and shapes, on each engine. With TGC_LONG all cases, else every seventh.
import { describe, expect, test } from "vitest";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { TileBuffer } from "../../../ir-spec/tile.ts";
import { tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { choicesOf, engineOf } from "../../../targets/neuron/compile/select.ts";
import { engineCost } from "../../../targets/neuron/cost.ts";
import { instDef } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { unwrap } from "../passes/support.ts";
import { caseProgram, type TileOpCase, tileOpCases } from "./tile-op-cases.ts";

const isLong = process.env.TGC_LONG !== undefined;
const step = isLong ? 1 : 7;

/**
 * Executions between which the time is measured. The array's clock runs slower until it was busy for a while; transfers of few descriptors
 * take turns on the DMA engines.
 */
const trips = { pe: [600, 1000], dma: [200, 400], other: [20, 60] } as const;

/** Of the whole: the first and the last executions differ, and engines end at different times. */
const tolerance = 0.02;

describe.each(["trn1", "trn2", "trn3", "tiny"])("%s", (name) => {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  const cases = tileOpCases(machine);

  const measuredNs = (found: TileOpCase): number => {
    const engine = engineOf(found.node);
    const [few, many] = trips[engine === "pe" ? "pe" : engine === undefined ? "dma" : "other"];
    const timeNs = (count: number): number => {
      const stream = unwrap(compileTiles(caseProgram(found, count), machine));
      return unwrap(simulate(stream, machine, undefined)).report.timeNs;
    };
    return (timeNs(many) - timeNs(few)) / (many - few);
  };

  test.each(tileOpNames)("%s takes what the simulator takes", (op) => {
    const own = cases.filter((found) => found.op === op);
    const isThere = choicesOf(op).every(({ inst }) => {
      const { needs } = instDef(inst);
      return needs === undefined || machine[needs] !== 0;
    });
    expect(own.length > 0).toBe(isThere);
    for (const found of own.filter((_found, index) => index % step === 0)) {
      const bufferInfo = (id: BufferId): TileBuffer => found.buffers[id] as TileBuffer;
      const { busyNs, issueNs, latencyNs } = stepCost(machine)(found.node, bufferInfo);
      const ratio = Math.max(busyNs, issueNs) / measuredNs(found);
      expect(ratio, found.name).toBeGreaterThan(1 - tolerance);
      // Of two transposes in the background of one another the second one costs what it outlasts.
      const isInBackground = op === "transpose" && machine.peBackgroundTranspose !== 0;
      expect(ratio, found.name).toBeLessThan((isInBackground ? 2 : 1) + tolerance);
      expect(latencyNs, found.name).toBeGreaterThanOrEqual(busyNs);
    }
  });

  test("what engines are compared by is the same", () => {
    for (const { name: what, node, buffers } of cases) {
      const engine = engineOf(node);
      if (engine === undefined || engine === "pe") continue;
      const bufferInfo = (id: BufferId): TileBuffer => buffers[id] as TileBuffer;
      const own = engineCost(machine)(node, engine, bufferInfo);
      expect(own, what).toBeCloseTo(stepCost(machine)(node, bufferInfo).busyNs, 6);
    }
  });

  test("a cost that is kept is that of no other statement", () => {
    const [engineNs, stepTime] = [engineCost(machine), stepCost(machine)];
    for (const { name: what, node, buffers } of [...cases, ...cases]) {
      const bufferInfo = (id: BufferId): TileBuffer => buffers[id] as TileBuffer;
      expect(stepTime(node, bufferInfo), what).toEqual(stepCost(machine)(node, bufferInfo));
      for (const engine of ["act", "dve", "pool"] as const) {
        expect(engineNs(node, engine, bufferInfo), what).toBe(engineCost(machine)(node, engine, bufferInfo));
      }
    }
  });
});
