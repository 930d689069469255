// Error codes E04nn: the graph as a whole.

import { defineErrors } from "./define.ts";

export const graphErrors = defineErrors({});
