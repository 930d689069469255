// Whether an edited program takes and gives what its graph does, by names and types.

import { type Graph, graphOutputs, typeOf } from "../../../ir-spec/graph.ts";
import { alignPorts, type Port } from "../../diff/values/interface.ts";
import type { DriverProgram } from "../../driver/programs.ts";

/** What differs, in words; undefined where nothing does. */
export function findMismatch(graph: Graph, program: DriverProgram): string | undefined {
  return alignPorts(portsOfGraph(graph), portsOfProgram(program)).mismatches[0];
}

function portsOfGraph(graph: Graph): readonly Port[] {
  const params = graph.params.map(({ name, kind, value }): Port => ({ name, role: kind, ...typeOf(graph, value) }));
  const results = graphOutputs(graph).filter(({ name }) => !params.some((param) => param.name === name));
  return [...params, ...results.map(({ name, value }): Port => ({ name, role: "output", ...typeOf(graph, value) }))];
}

function portsOfProgram({ stage, program }: DriverProgram): readonly Port[] {
  const tensors = stage === "tiles" ? program.buffers.filter(({ memory }) => memory === "hbm") : program.tensors;
  return tensors.flatMap(({ name, dtype, shape, role }): readonly Port[] =>
    role === undefined || role === "temp" || role === "constant" ? [] : [{ name, dtype, shape, role }],
  );
}
