// THE TABLE OF THE TOUR: the code in the order in which a program goes through it. Each part names its folders, and of each folder the files to
// read first; docs/tour.md has a paragraph for each, the file's own head. A test holds that every folder with code is in one part.

export interface TourPart {
  readonly title: string;
  readonly text: string;
  /** Folder -> files in it, those to read first; a folder that another part tells more about may have none. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** The stage of the program of the tour that is shown at the end. */
  readonly shows?: "graph" | "fused" | "tiles" | "asm";
}

export const tourParts: readonly TourPart[] = [
  {
    title: "What everything is made of",
    text: "Start with the types, which import nothing: a place in a text, a result or its diagnostics, dtypes, tensors. Each kind of thing that can be added (an op, a tile op, an error code) is a row of a table here, and everything else is a function of the rows.",
    folders: {
      "ir-spec/base": ["span.ts", "result.ts", "dtype.ts", "tensor.ts", "attr.ts"],
      "ir-spec/base/errors": ["define.ts", "index.ts"],
      "ir-spec/ops": ["define.ts", "index.ts", "elementwise-makers.ts", "contract.ts", "attention.ts"],
      "ir-spec": ["graph.ts", "graph-builder.ts", "verify-graph.ts", "machine.ts", "schedule.ts"],
    },
  },
  {
    title: "Text to graph",
    text: "A `.tg` file becomes tokens, a syntax tree that keeps every name, bracket and comment, and then a graph in SSA form with all sizes known. Whatever is wrong is collected with its place, and a hint where there is one.",
    folders: {
      "src/text": [
        "tokens.ts",
        "lex.ts",
        "grammar.ts",
        "ast.ts",
        "parse.ts",
        "elaborate.ts",
        "elaborate-call.ts",
        "format.ts",
      ],
    },
    shows: "graph",
  },
  {
    title: "Models of other formats to graph",
    text: "The other way in. An importer gives the text of a program and its weights as files, so that what was imported can be read and changed.",
    folders: {
      "src/import": ["import-onnx.ts", "import-stablehlo.ts"],
      "src/import/onnx": ["import-model.ts", "import-nodes.ts", "use.ts"],
      "src/import/onnx/ops": ["index.ts"],
      "src/import/onnx/proto": [],
      "src/import/stablehlo": ["grammar.ts", "import-module.ts"],
      "src/import/stablehlo/rules": [],
      "src/tensors": ["formats.ts", "zip.ts"],
      "src/import/write": ["graph-text.ts", "safetensors.ts"],
      "src/import/conformance": ["run-case.ts"],
    },
  },
  {
    title: "A better graph",
    text: "Passes are pure functions from stage to stage, with a verifier between all of them. Those on graphs simplify, write composites in simpler ops, and at last say which ops run as one kernel.",
    folders: {
      passes: ["pass.ts", "run.ts", "rewrite.ts"],
      "passes/analysis": ["graph-work.ts", "demand.ts"],
      "passes/graph": ["canonicalize.ts", "constant-fold.ts", "expand.ts", "fuse.ts"],
      "passes/graph/canonicalize": ["rule.ts"],
      "passes/graph/recognize": ["matching.ts"],
      "passes/graph/fuse": ["partition.ts", "chains.ts", "decide.ts"],
    },
    shows: "fused",
  },
  {
    title: "Graph to loop nests",
    text: "The heart of the compiler. Each kernel is planned once (what its iteration space is, how its tensors lie in memory), a schedule is chosen, and statements over tiles are emitted. Views cost nothing: they are strides.",
    folders: {
      "ir-spec/tile-ops": ["define.ts", "compute.ts", "product.ts"],
      "passes/lower": ["lower.ts", "region.ts", "view.ts", "space.ts", "tile-values.ts", "elementwise.ts", "origin.ts"],
      "passes/lower/kinds": ["define.ts", "index.ts"],
      "passes/lower/contract": ["plan.ts", "fields.ts", "nest.ts", "load.ts", "epilogue.ts"],
      "passes/lower/rows": ["plan.ts", "loops.ts", "phases.ts"],
      "passes/lower/chain": ["segments.ts", "plan.ts", "emit.ts", "find-blocks.ts", "masks.ts"],
      "passes/lower/conv": ["plan.ts", "emit.ts"],
      "passes/lower/movement": ["emit.ts"],
      "passes/lower/body": ["improve.ts", "rules.ts"],
      "passes/schedule": ["choose.ts", "search.ts"],
      "passes/schedule/tune": ["search-kernel.ts"],
    },
    shows: "tiles",
  },
  {
    title: "Loops that overlap",
    text: "Passes from tile program to tile program. A loop whose queues wait for each other is cut into stages, so that one queue works on the next iteration's tile while another one has this one's.",
    folders: {
      "passes/tile": ["pipeline-loops.ts", "pipeline.ts", "stage-search.ts", "isolate-kernel.ts"],
      "passes/time": ["time-kernel.ts", "kernel-model.ts", "run-model.ts", "loop-model.ts", "time-iterations.ts"],
    },
  },
  {
    title: "Loop nests to instructions",
    text: "The target's half. Buffers get addresses, tile ops become instructions of a queue each, and tokens are put where one queue needs what another one does. Nothing here decides what is computed.",
    folders: {
      "targets/neuron": ["stream.ts", "cost.ts", "graph-floor.ts"],
      "targets/neuron/isa": ["define.ts", "index.ts", "pe.ts", "vector.ts", "dma.ts", "cost-terms.ts"],
      "targets/neuron/machines": ["index.ts", "parse.ts", "rules.ts"],
      "targets/neuron/compile": ["compile.ts", "allocate.ts", "select.ts", "sync.ts", "project.ts"],
      "targets/neuron/asm": ["print-stream.ts", "parse-stream.ts"],
      "targets/neuron/encode": ["codecs.ts", "field-layout.ts", "encode.ts"],
    },
    shows: "asm",
  },
  {
    title: "Is it right, and how long does it take",
    text: "Four readings of the same program, written apart so that they can disagree: plain interpreters say what it means, the check proves that no order of the queues changes that, the simulator runs it with values and time, and WebGPU computes it on something that nobody here wrote.",
    folders: {
      "targets/ref": ["graph.ts", "tile.ts"],
      "targets/neuron/check": ["check.ts", "run.ts", "clocks.ts", "shadow.ts", "granule-state.ts"],
      "targets/neuron/sim": [
        "simulate.ts",
        "queues.ts",
        "issue.ts",
        "transfer.ts",
        "values.ts",
        "ledger.ts",
        "report.ts",
      ],
      "targets/webgpu": ["plan.ts", "compile.ts", "exprs.ts"],
      "targets/neuron/gpu": [],
      "targets/gpu-host": ["gpu.ts", "run-job.ts"],
      "targets/gpu-host/wgsl": [],
    },
  },
  {
    title: "Putting the stages together",
    text: "The driver knows the order of stages and no more. It is where a graph becomes a profile, or a verdict about all executors within bounds that come from the program's own noise.",
    folders: {
      "src/driver": ["targets.ts", "compile.ts", "profile.ts", "executors.ts", "check.ts", "noise.ts", "energy.ts"],
    },
  },
  {
    title: "Why it takes so long",
    text: "Answers made of what the parts above say, never decided a second time: the chain that made the time, what a faster unit would save, what does not fit and what would.",
    folders: {
      "src/trace": ["timeline.ts", "critical-path.ts", "what-if.ts", "chrome.ts"],
      "src/metrics": ["metrics.ts", "glossary.ts"],
      "src/why": ["why-not-fuse.ts"],
      "src/why/at": ["explain-at.ts"],
      "src/why/lints": ["table.ts", "find-lints.ts"],
      "src/why/memory": ["doctor.ts"],
    },
  },
  {
    title: "Many programs side by side",
    text: "Comparisons, sweeps of machines and sizes, and the search for schedules run the same jobs, in threads, with results that do not depend on how many. Other tools' mappings take part as schedules.",
    folders: {
      "src/compare": ["jobs.ts", "reasons.ts"],
      "src/mappings": ["mapping.ts", "count-accesses.ts", "mapping-schedule.ts"],
      "src/sweep": ["space.ts", "shard.ts"],
      "src/tune": ["tune-graph.ts", "database.ts"],
    },
  },
  {
    title: "Finding faults",
    text: "Two programs that should be equal, a test that fails, values that are wrong: what differs, where it begins, and the smallest program that shows it.",
    folders: {
      "src/diff": ["diff.ts", "report.ts"],
      "src/diff/normal": ["order.ts", "normal-tile.ts"],
      "src/diff/stream": ["number-values.ts", "shadow.ts"],
      "src/diff/values": ["inputs.ts"],
      "src/find": ["judge.ts"],
      "src/find/why-wrong": ["why-wrong.ts", "hypotheses.ts"],
      "src/find/shrink": ["shrink.ts", "search.ts"],
      "src/find/fuzz": ["fuzz.ts"],
      "src/find/replay": [],
      "src/find/translation": ["tags.ts"],
      "src/suite": ["test-file.ts", "judge.ts"],
      "src/suite/filecheck": ["file-check.ts", "verify.ts"],
      "src/suite/filecheck/rules": [],
      "src/suite/regex": ["match.ts"],
    },
  },
  {
    title: "What people see",
    text: "The command line, the library, report pages and the lab are thin: each says what it wants of the parts above and how the answer is shown.",
    folders: {
      "src/cli": ["command-spec.ts", "specs.ts", "run.ts", "outcome.ts", "load.ts", "lab-server.ts"],
      "src/cli/specs": [],
      "src/cli/commands": ["profile.ts"],
      "src/cli/suite": ["run-test.ts"],
      "src/cli/tensors": ["load.ts"],
      "src/cli/onnx": [],
      "src/report": ["diagnostics.ts", "print-profile.ts"],
      "src/page": ["page-data.ts", "report-data.ts", "pack-timeline.ts", "page-html.ts"],
      "src/page/view": ["main.ts", "timeline-model.ts"],
      "src/page/view/lab": ["lab.ts", "client.ts"],
      "src/lab": ["work.ts", "fragment.ts"],
      "src/api": ["index.ts", "result.ts"],
      src: ["index.ts", "browser.ts"],
    },
  },
  {
    title: "What makes the rest",
    text: "Bundles, and documents that are functions of the tables.",
    folders: {
      "src/build": ["bundle.ts"],
      "src/docs": ["documents.ts", "tour-doc.ts"],
      "src/docs/api": [],
    },
  },
];
