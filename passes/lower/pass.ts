// Graph -> tile program, as a pass: the boundary between the passes on graphs and those on tiles.

import { ok } from "../../ir-spec/base/result.ts";
import { definePass } from "../pass.ts";
import { lowerGraph } from "./lower.ts";

export const lower = definePass({
  name: "lower",
  summary: "makes each kernel of a graph a loop nest over buffers in HBM, SBUF and PSUM",
  detail: `Every region of the graph becomes one kernel, tiled as its schedule says; what no schedule says is chosen by \`strategy\`
(SCHEDULES.md). Views vanish into the strides of the operands; what strides cannot express becomes a copy. The bodies of loops are improved
as they are made, since a schedule is chosen by what they cost then.`,
  before: `graph example(x: f32[4096, 1024]) -> (y: f32[4096, 1024]) {
  kernel y { y = relu(x) }
}`,
  after: `program example
hbm x: f32[4096, 1024] input
hbm y: f32[4096, 1024] output

kernel y (relu) schedule "others=default, tile_columns=2048, slots_in=12, slots_mid=3, slots_out=12" {
  for f in 0..16 {
    sbuf x_2: f32[128, 2048] x12
    dma x_2[0; 128; 2048:1] <- x[2*f, 0; 128:32768; 2048:1]
    activation x_2[0; 128; 2048:1] <- x_2[0; 128; 2048:1], func=relu
    dma y[2*f, 0; 128:32768; 2048:1] <- x_2[0; 128; 2048:1]
  }
}`,
  from: "graph",
  to: "tile",
  options: {
    strategy: {
      kind: "choice",
      choices: ["heuristic", "naive"],
      default: "heuristic",
      summary: "how tiles are chosen where no schedule says it",
    },
  },
  run: (graph, { strategy }, env) => {
    const { schedule, chooseFields } = env;
    const lowered = lowerGraph(graph, { strategy, schedule, chooseFields }, env);
    return lowered.ok ? ok({ ir: lowered.value.program, remarks: lowered.value.remarks }) : lowered;
  },
});
