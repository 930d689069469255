// What there is, by name: the tables that `tgc list` lists.

import { dtypeNames as allDtypeNames, type Dtype } from "../../ir-spec/base/dtype.ts";
import { opNames as allOpNames, type OpName, ops as opTable } from "../../ir-spec/ops/index.ts";
import { machineNames as allMachineNames } from "../../targets/neuron/machines/index.ts";
import { executorNames as allExecutorNames, type ExecutorName } from "../driver/executors.ts";
import { targetNames as allTargetNames } from "../driver/targets.ts";

/**
 * The op table: each op with its kind, operands, attributes, shape rule and reference meaning. OPS.md is made of it.
 *
 * @example
 * import { opNames, ops } from "tgc";
 *
 * console.log(ops.matmul.kind, ops.matmul.operands); // contract [ 'lhs', 'rhs' ]
 * console.log(opNames.includes("softmax")); // true
 */
export const ops: typeof opTable = opTable;

/** The names of all ops. */
export const opNames: readonly OpName[] = allOpNames;

/**
 * The dtypes of tensors. DTYPES.md says what each holds.
 *
 * @example
 * import { dtypeNames, executorNames, machineNames, targetNames } from "tgc";
 *
 * console.log(dtypeNames.includes("bf16"), machineNames.includes("trn2")); // true true
 * console.log(targetNames.includes("webgpu"), executorNames.includes("ref")); // true true
 */
export const dtypeNames: readonly Dtype[] = allDtypeNames;

/** The machines that ship. */
export const machineNames: readonly string[] = allMachineNames;

/** What `target` takes by name: the machines, and `webgpu`. */
export const targetNames: readonly string[] = allTargetNames;

/** What `on` and `executors` take. */
export const executorNames: readonly ExecutorName[] = allExecutorNames;
