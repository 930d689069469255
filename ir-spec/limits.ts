// Bounds of what a file may ask for, in one table: no number from a file is looped over, allocated or recursed by before it
// is held against one of these. Those of graphs are in src/text. Assumed, all of them: far beyond what programs need, and
// little enough that a file that asks for more is refused at once.

/** Loops around a loop: bodies are read, verified, printed and run by recursion. */
export const maxLoopDepth = 100;

/** Characters of a text of stages 4 and 5. */
export const maxTextCharacters = 16 * 1024 * 1024;

/** Tokens of such a text; each takes some hundred bytes while it is read. */
export const maxTokens = 2 * 1024 * 1024;

/** Mistakes in one text; nobody reads more. */
export const maxMistakes = 100;

/** Stages of a loop body: each is a copy of the ring registers in use, and iterations before and after the loop's own. */
export const maxStages = 64;

/** Iterations of one loop: indices are 32-bit integers. */
export const maxTrips = 2 ** 31 - 1;

/** Executions of instructions, or of statements of a tile program, over all loops. A minute of the stream check. */
export const maxExecutions = 2 ** 27;

/** Elements that all executions of a run with values touch together. An hour of the simulator. */
export const maxTouchedElements = 2 ** 42;

/** Elements of the tensors and buffers of a run with values: they are held as f64. */
export const maxHeldElements = 2 ** 29;

/** Operations that the reference computes for a graph. A quarter of an hour of its products. */
export const maxGraphOperations = 2 ** 42;

/** Granules of memory that the stream check keeps apart, each of 4 bytes. */
export const maxGranules = 2 ** 27;

/** Runs of neighbouring bytes in one operand. */
export const maxOperandRuns = 2 ** 24;

/** Granules that the executions of a stream touch in the check, and runs. Some minutes. */
export const maxSweptGranules = 2 ** 34;

/** Releases whose tokens nobody has taken yet, in a simulation. */
export const maxWaitingReleases = 2 ** 20;

/** Numbers in the clocks of such releases, in the stream check: each release keeps some for each queue. 256 MiB. */
export const maxWaitingClocks = 2 ** 26;

/** Executions in all the runs that find and price redundant tokens. An hour. */
export const maxTokenExecutions = 2 ** 31;

/** Dimensions of an operand in HBM; on chip the machine has its own limit. */
export const maxOperandDims = 16;

/** Elements of one operand. */
export const maxOperandElements = 2 ** 44;

/** Programs of queues in a stream. */
export const maxQueuePrograms = 128;

/** Free dimensions of an access of a tile program: each that a border cuts doubles the ways in which bounds can be met. */
export const maxTileDims = 10;

/** Iterations at which the accesses of a tile program are looked at, over all statements. */
export const maxVerifiedIterations = 2 ** 24;

/** Bytes of an image: more than that of the longest text of a stream, and a hundred times as much while it is read. */
export const maxImageBytes = 8 * 1024 * 1024;

/** Characters of a name in an image; as a text in quotes, with each of them escaped, the scanner still takes it. */
export const maxNameCharacters = 4096;
