// A mapping as the schedule of a graph's only product.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { type Graph, operandsOf, typeOf } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { matmulSizes } from "../../ir-spec/ops/contract.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { Mapping, ProductDim } from "./mapping.ts";
import { fitProduct, mappingFields } from "./mapping-schedule.ts";

export interface MappingFile {
  /** As the user gave it. */
  readonly file: string;
  /** What results of it depend on. */
  readonly text: string;
  readonly mapping: Mapping;
}

export function mappingSchedule(
  { file, mapping }: Omit<MappingFile, "text">,
  graph: Graph,
  machine: Machine,
): Result<Schedule> {
  const sizes = productOf(graph, mapping);
  if (!sizes.ok) return sizes;
  const fitted = fitProduct(mapping, file, sizes.value);
  if (!fitted.ok) return fitted;
  const fields = mappingFields(fitted.value, machine);
  if (!fields.ok) return fields;
  return ok({ name: "mapping", graph: graph.name, kernels: [{ kernel: "*", fields: fields.value }] });
}

/** The sizes of the only product; rows of leading dimensions are rows of it where the right operand has none. */
function productOf(graph: Graph, { span }: Mapping): Result<Readonly<Record<ProductDim, number>>> {
  const wrong = (why: string) => fail([at(problem("E1607", { why }), span)]);
  const products = graph.nodes.flatMap((node) => (node.op === "matmul" ? [node] : []));
  const [node, ...more] = products;
  if (node === undefined || more.length > 0) {
    return wrong(`the graph has ${products.length} matmuls, and a mapping is of one`);
  }
  const { lhs, rhs } = operandsOf(node);
  const { batch, m, n, k } = matmulSizes(typeOf(graph, lhs), typeOf(graph, node.results[0]), node.attrs);
  const rows = batch.reduce((all, size) => all * size, 1);
  const isShared = typeOf(graph, rhs)
    .shape.slice(0, -2)
    .every((size) => size === 1);
  if (rows > 1 && (!isShared || node.attrs.transpose_lhs))
    return wrong("the graph's matmul is of several products, a batch");
  return ok({ m: m * rows, n, k });
}
