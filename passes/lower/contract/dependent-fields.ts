// Schedule fields of a product that depend on the graph: how its result lies in HBM, and what transposes its operands. A field
// that cannot hold is an error where the schedule names the kernel; under `*` it is for the other kernels.

import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { namesField } from "../../schedule/fields.ts";
import type { GivenFields, ScheduleRequest } from "../kinds/define.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import type { StoreOrder } from "../stored.ts";
import type { ContractPlan } from "./plan.ts";
import { chooseStoreOrder, isFreelyStored } from "./store-order.ts";

/** What the schedule says, else what the strategy finds best. */
export function resolveStoreOrder(
  context: LowerContext,
  region: KernelRegion,
  { schedule, given, strategy }: ScheduleRequest,
): Result<StoreOrder> {
  if (given.store === "rows") return ok("rows");
  if (given.store === undefined) {
    const isOpen = strategy !== "naive" && given.others !== "default";
    return ok(isOpen ? chooseStoreOrder(context, region) : "rows");
  }
  if (isFreelyStored(context, region)) return ok("columns");
  if (!namesField(schedule, region.name, "store")) return ok("rows");
  const wanted = '"rows", as every result of the graph lies';
  return fail([
    at(problem("E0604", { field: "store", kernel: region.name, found: '"columns"', expected: wanted }), undefined),
  ]);
}

/** The fields without an impossible `transpose_on`. */
export function resolveTransposeOn(
  plan: ContractPlan,
  { schedule, given, kernel }: ScheduleRequest,
): Result<GivenFields> {
  if (given.transpose_on !== "dma") return ok(given);
  const wrong = plan.transposed.find((dtype) => !isDmaTransposable(dtype));
  if (wrong === undefined) return ok(given);
  if (!namesField(schedule, kernel, "transpose_on")) return ok({ ...given, transpose_on: "pe" });
  const wanted = `"pe", since DMA cannot transpose ${wrong}`;
  return fail([at(problem("E0604", { field: "transpose_on", kernel, found: '"dma"', expected: wanted }), undefined)]);
}

/** Whether something must be transposed, and DMA can do it all. */
export function canTransposeOnDma({ transposed }: ContractPlan): boolean {
  return transposed.length > 0 && transposed.every(isDmaTransposable);
}

/** DMA engines transpose dtypes of 2 bytes. Source: AWS Neuron SDK documentation, nki.isa.dma_transpose. */
function isDmaTransposable(dtype: Dtype): boolean {
  return dtypeBytes(dtype) === 2;
}
