// Error codes E06nn: tiling, schedules and what a lowering cannot express.

import { defineErrors } from "./define.ts";

export const tilingErrors = defineErrors({});
