// Error codes E05nn: pass pipelines and their options.

import { defineErrors } from "./define.ts";

export const passErrors = defineErrors({});
