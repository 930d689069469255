// Error codes E10nn: running a stream.

import { defineErrors } from "./define.ts";

export const simulationErrors = defineErrors({});
