// Error codes E09nn: assembly text and binary images.

import { defineErrors } from "./define.ts";

export const encodingErrors = defineErrors({});
