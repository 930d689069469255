// Error codes E07nn: instruction constraints.

import { defineErrors } from "./define.ts";

export const instructionErrors = defineErrors({});
