// Error codes E08nn: memory allocation, synchronisation, and what the stream check finds.

import { defineErrors } from "./define.ts";

export const allocationErrors = defineErrors({});
