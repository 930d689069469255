// Schedule fields of a product that depend on the graph: how its result lies in HBM, and what transposes its operands. A field
// that cannot hold is an error where the schedule names the kernel; under `*` it is for the other kernels.

import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { contractFields, type Schedule, type StoreOrder } from "../../../ir-spec/schedule.ts";
import type { Strategy } from "../../schedule/choose.ts";
import { completeAttrs, namesField } from "../../schedule/fields.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import { transposedDtypes } from "./load.ts";
import { planContract } from "./plan.ts";
import { chooseStoreOrder, isFreelyStored } from "./store-order.ts";

export type GivenFields = Readonly<Record<string, AttrValue>>;

export interface ScheduleRequest {
  readonly schedule: Schedule | undefined;
  /** What it says of the kernel. */
  readonly given: GivenFields;
}

/** What the schedule says, else what the strategy finds best. */
export function resolveStoreOrder(
  context: LowerContext,
  region: KernelRegion,
  { schedule, given }: ScheduleRequest,
  strategy: Strategy,
): Result<StoreOrder> {
  if (given.store === "rows") return ok("rows");
  if (given.store === undefined) return ok(strategy === "naive" ? "rows" : chooseStoreOrder(context, region));
  if (isFreelyStored(context, region)) return ok("columns");
  if (!namesField(schedule, region.name, "store")) return ok("rows");
  const wanted = '"rows", as every result of the graph lies';
  return fail([at(problem("E0604", { field: "store", kernel: region.name, found: '"columns"', wanted }), undefined)]);
}

/** The fields without an impossible `transpose_on`; the storage of the region's results must be defined. */
export function resolveTransposeOn(
  context: LowerContext,
  region: KernelRegion,
  { schedule, given }: ScheduleRequest,
): Result<GivenFields> {
  if (given.transpose_on !== "dma") return ok(given);
  const wrong = transposedIn(context, region, given).find((dtype) => !isDmaTransposable(dtype));
  if (wrong === undefined) return ok(given);
  if (!namesField(schedule, region.name, "transpose_on")) return ok({ ...given, transpose_on: "pe" });
  const wanted = `"pe", since DMA cannot transpose ${wrong}`;
  return fail([
    at(problem("E0604", { field: "transpose_on", kernel: region.name, found: '"dma"', wanted }), undefined),
  ]);
}

/** Whether something must be transposed, and DMA can do it all. */
export function canTransposeOnDma(context: LowerContext, region: KernelRegion): boolean {
  const transposed = transposedIn(context, region, {});
  return transposed.length > 0 && transposed.every(isDmaTransposable);
}

function transposedIn(context: LowerContext, region: KernelRegion, given: GivenFields): readonly Dtype[] {
  return transposedDtypes(planContract(context, region, completeAttrs(contractFields, given)));
}

/** DMA engines transpose dtypes of 2 bytes. Source: AWS Neuron SDK documentation, nki.isa.dma_transpose. */
function isDmaTransposable(dtype: Dtype): boolean {
  return dtypeBytes(dtype) === 2;
}
