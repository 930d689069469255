// The library but for the way to a GPU, which Node and browsers have each their own: src/index.ts and src/browser.ts. Everything
// here runs in a browser.

export { buildGraph } from "./build.ts";
export { compare } from "./compare.ts";
export { compile, emit, lower, optimize } from "./compile.ts";
export { diff, printDiffReport } from "./diff.ts";
export { shrink, whyWrong } from "./find.ts";
export {
  decode,
  findUnused,
  fix,
  format,
  parse,
  parseAsm,
  parseGraphs,
  parseSchedules,
  parseSyntax,
  parseTiles,
} from "./parse.ts";
export { encode, print } from "./print.ts";
export { diagnosticJson, isDiagnosticsError, renderDiagnostics, unwrap } from "./result.ts";
export { check, checkStream, profile, run, simulate, tokenCosts } from "./run.ts";
export { dtypeNames, executorNames, machineNames, opNames, ops, targetNames } from "./tables.ts";
export { machineByName, parseMachine } from "./target.ts";
export { makeRandomInputs, makeTensor, readArrays, writeNpy } from "./tensors.ts";
export { trace } from "./trace.ts";
export { tune } from "./tune.ts";
export type * from "./types.ts";
