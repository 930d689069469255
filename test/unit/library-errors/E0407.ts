// A program that calls the library: an input is no state.
import { valueId } from "../../../ir-spec/base/ids.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph({ ...sound, updates: [{ param: valueId(0), value: valueId(3) }] });
