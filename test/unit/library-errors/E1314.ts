// A program that calls the library: a tensor that is larger than an array can be, which the commands refuse before they make one.
import { makeTensor } from "../../../ir-spec/base/tensor.ts";
import { errorToDiagnostic } from "../../../src/cli/internal-error.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  try {
    makeTensor({ dtype: "f32", shape: [2_000_000_000, 200] });
    return [];
  } catch (error) {
    return [errorToDiagnostic(error, "tgc run")];
  }
};
