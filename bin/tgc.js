#!/usr/bin/env node
// The `tgc` command: loads the bundle that `npm run build` makes of src/cli/main.ts.
import "../dist/tgc.js";
