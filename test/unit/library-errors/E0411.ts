// A program that calls the library: a result is called as the input, but is another value.
import { valueId } from "../../../ir-spec/base/ids.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph({ ...sound, results: [{ name: "x", value: valueId(4) }] });
