// What the lab's page offers to choose from.

import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import { type MachineKey, machineFields, machineKeys } from "../../ir-spec/machine.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { executorNames } from "../driver/executors.ts";
import { targetKinds, targetNames } from "../driver/targets.ts";
import { tilingStrategies } from "../driver/tiling-strategy.ts";
import type { LabFacts, Named } from "./lab-data.ts";
import { languageDtypes, languageKeywords, languageOps, languageTokens } from "./language.ts";

export function labFacts(): LabFacts {
  return {
    tokens: languageTokens(),
    ops: languageOps(),
    dtypes: languageDtypes,
    keywords: languageKeywords,
    targets: targetNames.map(namedTarget),
    strategies: tilingStrategies,
    fusions: fusionModes,
    machineFields: machineKeys.map(namedField),
    executors: executorNames,
  };
}

function namedTarget(name: string): Named {
  return { name, summary: machineByName(name)?.summary ?? targetKinds.webgpu.summary };
}

function namedField(name: MachineKey): Named {
  const { summary, unit } = machineFields[name];
  return { name, summary: `${summary} (${unit})` };
}
