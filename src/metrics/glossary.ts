// THE GLOSSARY: the words that profiles, comparisons and reports use. GLOSSARY.md, `tgc explain` and the report's hover texts are
// made from it.

export interface Term {
  readonly word: string;
  readonly text: string;
  readonly see?: readonly string[];
  /** What others call it, or what of theirs comes nearest. */
  readonly elsewhere?: Readonly<Partial<Record<Elsewhere, string>>>;
}

/** Whose words stand beside ours, as they write themselves. */
export const elsewhereNames = { nki: "NKI", xla: "XLA", mlir: "MLIR" } as const;

export type Elsewhere = keyof typeof elsewhereNames;

const energyTerms: readonly Term[] = [
  {
    word: "energy estimate",
    text: "A rough estimate of what a run's counted actions take: bytes of HBM, of DMA, of operands in SBUF and PSUM, multiply-adds by dtype and elements of the other engines, each times its energy in the machine file (`energy`, from published tables of comparable chips). Leakage, clocks and control are not in it: it is there to compare schedules, not to size a power supply. Machines whose files say nothing of energy have none.",
    see: ["traffic", "work"],
  },
];

const timeTerms: readonly Term[] = [
  {
    word: "busy",
    text: "Time in which a unit issues instructions. The DMA engines are busy while bytes move in at least one of them; a DMA queue while at least one of its transfers is under way, latencies included. For each queue busy, waiting and idle add up to the whole time.",
    see: ["waiting", "idle", "floor"],
  },
  {
    word: "waiting",
    text: "Time in which a queue stands at an `acquire` because the tokens that it wants are not there yet. It is counted for the semaphore, whose producer is whom the queue waits for. `tgc profile` lists the longest waits first.",
    see: ["token", "semaphore", "critical path"],
  },
  {
    word: "idle",
    text: "Time in which a queue neither issues nor waits for tokens: before the program's start, after its own end, and behind results of its own engine, memory ports or instructions that are still being fetched.",
    see: ["busy", "waiting"],
  },
  {
    word: "active",
    text: "Busy time as a share of the whole time.",
    see: ["busy"],
  },
  {
    word: "launch",
    text: "Time from the start of the program until its first instruction (`programStartNs` of the machine). Every program pays it.",
    see: ["floor"],
  },
  {
    word: "floor",
    text: "Time below which a program cannot be. The floor of a stream's unit is what its instructions keep it busy for, whatever the others do. The floor of a graph holds for every program for it, however it is fused and tiled: the array's time for its products, the functions' time, or the time of the bytes that must move, whichever is larger, with launch.",
    see: ["bound", "launch"],
    elsewhere: { xla: "`optimal_seconds` of its cost analysis" },
  },
  {
    word: "bound",
    text: "The unit with the largest floor: as long as it has so much to do, the program is no faster, whatever else changes. A program whose time is far above its bound is limited by waiting instead.",
    see: ["floor", "waiting"],
  },
  {
    word: "critical path",
    text: "The chain of executions and waits that made the time: backwards from the last result, each execution comes after the tokens that its queue waited for last, or after its queue's own execution before it. Only what is on it can make the program faster, and only until another chain is longer.",
    see: ["waiting", "what if"],
  },
  {
    word: "what if",
    text: "`tgc profile --why` simulates the same stream on the machine with one unit after the other twice as fast, and prints what that saves. A unit that is not on the critical path saves nothing. Less waiting can also cost time, where it changes who comes first.",
    see: ["critical path"],
  },
  {
    word: "exclusive time",
    text: "The part of a run that is accounted to one kernel alone: from the end of the kernels before it to its own. Kernels overlap, so these times add up to the whole, with launch and end, and spans do not.",
    see: ["span", "kernel"],
  },
  {
    word: "span",
    text: "From a kernel's first instruction to its last result.",
    see: ["exclusive time"],
  },
];

const workTerms: readonly Term[] = [
  {
    word: "work",
    text: "What a program computes: operations of the array's products, of which a multiply-add counts 2, and elements that the scalar, vector and general engines work on, of which each instruction counts those of its largest operand.",
    see: ["intensity"],
    elsewhere: { xla: "`flops` of its cost analysis" },
  },
  {
    word: "intensity",
    text: "Operations of products for each byte that moves to or from HBM. Above the ridge of the roofline the array is the limit, below it HBM is. More reuse on chip raises it.",
    see: ["roofline"],
    elsewhere: { nki: "`mm_arithmetic_intensity` of the profiler" },
  },
  {
    word: "roofline",
    text: "The most operations per second that a machine allows for an intensity: the bandwidth of HBM times the intensity, up to the array's peak. The two meet at the ridge. A program's distance from the line is what waiting and its other units cost.",
    see: ["intensity", "bound"],
  },
  {
    word: "mfu",
    text: "Model FLOPs utilisation: operations of products as a share of what the array could do with bf16 in the same time.",
    see: ["work"],
    elsewhere: { nki: "`mfu_estimated_percent` of the profiler" },
  },
  {
    word: "traffic",
    text: "Bytes that are read from and written to HBM, what is loaded several times counted several times. The closed form of a tiling says how often that is.",
    see: ["dma row", "spill"],
    elsewhere: {
      nki: "`hbm_read_bytes`, `hbm_write_bytes` of the profiler",
      xla: "`bytes accessed` of its cost analysis",
    },
  },
  {
    word: "dma row",
    text: "The bytes of one DMA descriptor: a run that is contiguous on both sides. A descriptor costs the same few nanoseconds whatever its length, so short rows waste the engines' bandwidth; `tgc machine check` says which length has half of it.",
    see: ["descriptor", "traffic"],
    elsewhere: { nki: "the size of a DMA descriptor" },
  },
  {
    word: "descriptor",
    text: "One contiguous run of a transfer. The descriptors of a transfer are dealt out among the DMA engines.",
    see: ["dma row"],
    elsewhere: { nki: "DMA descriptor" },
  },
  {
    word: "of peak",
    text: "Operations of products as a share of what the array could do with bf16 in the same time; of a kernel, in its span.",
    see: ["mfu", "roofline"],
  },
];

const memoryTerms: readonly Term[] = [
  {
    word: "hbm",
    text: "The large memory off chip. All queues share its bandwidth; only DMA reaches it.",
    see: ["traffic"],
    elsewhere: {
      nki: "`nl.hbm`, `nl.shared_hbm`",
      xla: "the default memory space, `S(0)`",
      mlir: "a `memref` of the default memory space",
    },
  },
  {
    word: "sbuf",
    text: "The memory on chip that engines compute from, in partitions: an operand has the same addresses in each of its partitions. Sizes are given per partition.",
    see: ["psum", "spill"],
    elsewhere: {
      nki: "SBUF, `nl.sbuf`",
      xla: "a memory space other than 0, as `S(1)`",
      mlir: "the memory space of a `memref`",
    },
  },
  {
    word: "psum",
    text: "The memory on chip that the array's results are accumulated in, as f32, in banks. A tile of results is in one bank; the scalar or vector engine empties it.",
    see: ["sbuf"],
    elsewhere: { nki: "PSUM, `nl.psum`", mlir: "the memory space of a `memref`" },
  },
  {
    word: "spill",
    text: "A value that is saved to HBM and loaded again because there is no room on chip. Its bytes are counted apart, since the program itself does not ask for them.",
    see: ["traffic"],
    elsewhere: { nki: "spill" },
  },
  {
    word: "slot",
    text: "One of several places of a buffer on chip (multi-buffering; double buffering is 2 slots): while one is used, the next one is filled. More slots hide latency and take room.",
    see: ["sbuf", "token"],
    elsewhere: { nki: "multi-buffering", mlir: "multi-buffering (`memref` transform)" },
  },
  {
    word: "partition",
    text: "One of the rows of SBUF and PSUM, of which all engines work on many at once: the first axis of a tile lies across partitions, the others along each of them (the free axes).",
    see: ["sbuf", "psum", "tile"],
    elsewhere: { nki: "partition dimension (P) and free dimension (F)" },
  },
  {
    word: "tile",
    text: "The part of a tensor that one statement of a kernel works on: rows on the partitions, columns along each.",
    see: ["partition", "schedule"],
    elsewhere: { nki: "tile", mlir: "a slice that tiling makes (`tensor.extract_slice`, `memref.subview`)" },
  },
];

const programTerms: readonly Term[] = [
  {
    word: "kernel",
    text: "A group of ops that runs as one loop nest: its values in between stay on chip. Fusion decides which ops are one kernel.",
    see: ["fusion", "schedule"],
    elsewhere: {
      nki: "a part of an `nki.jit` function: a loop nest",
      xla: "a fusion and its computation",
      mlir: "a nest that tiling and fusing `linalg` ops gives",
    },
  },
  {
    word: "fusion",
    text: "Making several ops one kernel, so that what one defines and another reads need not go through HBM. `tgc opt --remarks` says what was fused, what was not, and why.",
    see: ["kernel"],
    elsewhere: {
      nki: "written by hand",
      xla: "fusion (`kLoop`, `kInput`, `kOutput`)",
      mlir: "tile and fuse; elementwise fusion of `linalg`",
    },
  },
  {
    word: "schedule",
    text: "How the kernels of a graph are tiled: tile and block sizes, the order of loops, what is loaded where and kept, slots, engines. It is data: chosen by a strategy, written by hand, printed by `tgc profile`, compared by `tgc compare`. SCHEDULES.md has the fields.",
    see: ["kernel", "strategy"],
    elsewhere: {
      nki: "the loops as they are written",
      xla: "the backend's configuration of a fusion",
      mlir: "a script of the `transform` dialect",
    },
  },
  {
    word: "strategy",
    text: "What fills in the fields that a schedule leaves open: `heuristic` measures a short list of candidates with the machine's instruction costs, `naive` takes the first that fits.",
    see: ["schedule"],
  },
  {
    word: "stage",
    text: "Software pipelining: a queue runs the statements of stage j of a loop for iteration i - j, so that an iteration's loads come before the products of the one before.",
    see: ["slot"],
    elsewhere: { mlir: "a stage of the pipeliner of `scf.for`" },
  },
  {
    word: "queue",
    text: "A program that runs in order and asynchronously to the others: one for each engine, and several for DMA.",
    see: ["token"],
    elsewhere: {
      nki: "the instruction stream of an engine; a DMA queue",
      xla: "a stream",
      mlir: "`gpu` ops that are `async`",
    },
  },
  {
    word: "token",
    text: "What a queue releases for another one when something is done, and what that one acquires before it uses the result. It orders two queues and nothing else.",
    see: ["semaphore", "waiting"],
    elsewhere: {
      nki: "an increment of a semaphore",
      xla: "a token, or what `*-start` gives and `*-done` takes",
      mlir: "`!async.token`, `!gpu.async.token`",
    },
  },
  {
    word: "semaphore",
    text: "The counter of tokens from one queue to another. It has one producer and one consumer, so the values that a program computes do not depend on timing. Its name says what it guards: `full` tokens say that a buffer is filled, `free` tokens that it may be overwritten.",
    see: ["token"],
    elsewhere: { nki: "semaphore" },
  },
  {
    word: "engine",
    text: "A unit that runs one queue of instructions in order: `pe` is the array of products, `act` the scalar engine, `dve` the vector engine, `pool` the general one, `sp` the one that only synchronises. DMA engines move bytes for all of them.",
    see: ["queue", "busy"],
    elsewhere: { nki: "Tensor, Scalar, Vector, GpSimd and Sync Engine" },
  },
  {
    word: "stationary",
    text: "The operand of a product that stays in the array while the other one, the moving operand, streams through it.",
    see: ["engine", "schedule"],
    elsewhere: { nki: "`stationary` and `moving` of `nki.isa.nc_matmul`" },
  },
  {
    word: "epilogue",
    text: "Elementwise ops after a product, done before its result leaves the chip: a bias, an activation, a residual.",
    see: ["fusion", "kernel"],
    elsewhere: { xla: "an output fusion (`kOutput`)" },
  },
  {
    word: "prefetch",
    text: "Loads that come before the work that needs them, into a free slot: in a loop those of the next iteration, between kernels those of the next kernel.",
    see: ["slot", "stage"],
    elsewhere: { xla: "`copy-start` well ahead of its `copy-done`" },
  },
  {
    word: "op",
    text: "A node of a graph: what it computes, with operands and attributes.",
    see: ["kernel"],
    elsewhere: { nki: "an API of `nki.language`", xla: "an instruction of HLO", mlir: "an operation" },
  },
];

/** In the order of GLOSSARY.md. */
export const glossary: readonly Term[] = [...timeTerms, ...workTerms, ...energyTerms, ...memoryTerms, ...programTerms];
