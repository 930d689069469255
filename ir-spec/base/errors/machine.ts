// Error codes E11nn: machine files.

import { defineErrors } from "./define.ts";

export const machineErrors = defineErrors({});
