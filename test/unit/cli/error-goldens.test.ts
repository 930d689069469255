// Every error code has a golden test that shows its diagnostic, or stands in the list below with the reason, and with the
// test that covers it. The list may only shrink: a code that gets a golden has to leave it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ErrorCode, errors } from "../../../ir-spec/base/errors/index.ts";

interface Exemption {
  readonly why: string;
  /** Under test/; none where only a machine with another GPU could cause it. */
  readonly coveredBy?: string;
}

const ofPasses: Exemption = {
  why: "no text can cause it: elaboration refuses it first",
  coveredBy: "unit/graph/verify-graph.test.ts",
};
const ofLevels: Exemption = { why: "no pass works on tiles yet", coveredBy: "unit/passes/pipeline.test.ts" };
const ofTiles: Exemption = {
  why: "no text can cause it: the parser refuses it first",
  coveredBy: "unit/tile/verify-tile.test.ts",
};
const ofStreams: Exemption = { ...ofTiles, coveredBy: "unit/neuron/check/structure.test.ts" };
const ofImages: Exemption = { why: "needs a damaged binary image", coveredBy: "unit/neuron/encode/format.test.ts" };
const ofRuns: Exemption = {
  why: "the command fills in and converts tensors; programs that call the library can cause it",
  coveredBy: "unit/neuron/simulate-refusals.test.ts",
};
const ofMachines: Exemption = {
  why: "needs a whole machine file, which would change with every new field",
  coveredBy: "unit/neuron/machines.test.ts",
};
const ofKernels: Exemption = {
  why: "all our kernels keep the limit that WebGPU guarantees",
  coveredBy: "unit/webgpu/compile.test.ts",
};
const ofGpu: Exemption = { why: "depends on the machine's GPU" };

const exempt: Readonly<Partial<Record<ErrorCode, Exemption>>> = {
  E0107: { why: "needs a file of megabytes", coveredBy: "unit/text/limits.test.ts" },
  ...{ E0401: ofPasses, E0402: ofPasses, E0403: ofPasses, E0404: ofPasses, E0405: ofPasses, E0406: ofPasses },
  ...{ E0407: ofPasses, E0408: ofPasses, E0409: ofPasses, E0410: ofPasses, E0411: ofPasses, E0412: ofPasses },
  ...{ E0504: ofLevels, E0506: ofLevels },
  ...{ E0630: ofTiles, E0634: ofTiles },
  E0802: { why: "needs a machine with few semaphores", coveredBy: "unit/neuron/compile-refusals.test.ts" },
  ...{ E0820: ofStreams, E0821: ofStreams },
  ...{ E0907: ofImages, E0908: ofImages, E0909: ofImages, E0910: ofImages },
  E0911: { why: "the message depends on the image's bytes", coveredBy: "unit/cli/image.test.ts" },
  ...{ E1002: ofRuns, E1003: ofRuns },
  ...{ E1008: ofGpu, E1009: ofGpu, E1010: ofGpu },
  ...{ E1105: ofMachines, E1106: ofMachines, E1107: ofMachines },
  ...{ E1202: ofKernels, E1203: ofKernels },
  E1309: ofGpu,
  E9001: { why: "only a bug can cause it", coveredBy: "unit/passes/run.test.ts" },
};

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const codes = Object.keys(errors) as ErrorCode[];
const goldens = readdirSync(at("golden/errors")).filter((name) => name.endsWith(".out"));

describe("every error code has a golden, or a reason why not", () => {
  test("none is forgotten", () => {
    expect(codes.filter((code) => !goldens.includes(`${code}.out`) && exempt[code] === undefined)).toEqual([]);
  });

  test("none is exempt that has a golden", () => {
    expect(codes.filter((code) => goldens.includes(`${code}.out`) && exempt[code] !== undefined)).toEqual([]);
  });

  test("a golden shows its code, and is a case that fails", () => {
    const wrong = goldens.filter((name) => {
      const code = name.replace(".out", "");
      return !readFileSync(at(`golden/errors/${name}`), "utf8").includes(`error[${code}]`);
    });
    expect(wrong).toEqual([]);
  });

  test("what covers an exempt code names it", () => {
    for (const [code, { coveredBy }] of Object.entries(exempt)) {
      if (coveredBy === undefined) continue;
      expect(existsSync(at(coveredBy)), coveredBy).toBe(true);
      expect(readFileSync(at(coveredBy), "utf8"), coveredBy).toContain(code);
    }
  });
});
