// Error codes E04nn: the graph as a whole.

import { defineErrors } from "./define.ts";

export const graphErrors = defineErrors({
  E0401: {
    title: "value used before its definition",
    message: "graph {graph}: {reader} uses %{value} before its definition",
    help: "nodes are listed in an order in which they can run; put the node that defines the value first",
    detail: "A graph is in SSA form: a value is a parameter, or the result of a node before all its users.",
  },
  E0402: {
    title: "value not defined exactly once",
    message: "graph {graph}: %{value} has {count} definitions, expected one",
    help: "give each result of each node its own value",
    detail: "A graph is in SSA form: every value is a parameter or the result of exactly one node.",
  },
  E0403: {
    title: "type does not follow from the operands",
    message: "{op}: result {index} is {found}, expected {expected}",
    help: "leave the type out, or write the type that the op's shape rule gives",
    detail:
      "The types of a node's results are those that the op infers from its operands and attributes; see `tgc explain` with the op's name.",
  },
  E0404: {
    title: "unknown attribute",
    message: "{op}: attribute {attr} is not known, expected one of: {expected}",
    help: "see `tgc explain {op}` for the op's attributes",
    detail: "A node holds exactly the attributes of its op's row, with the defaults filled in.",
  },
  E0405: {
    title: "kernel is not contiguous",
    message: "graph {graph}: the nodes of kernel {kernel} are not next to each other",
    help: "move the nodes in between before or after the kernel",
    detail:
      "A kernel runs as a whole, so its nodes are next to each other; a node in between would have to run in the middle of it.",
  },
  E0406: {
    title: "duplicate name",
    message: "graph {graph}: duplicate name {name} of two {what}",
    help: "runs and schedules refer to parameters, results and kernels by name; give them different names",
    detail: "Inputs and outputs of a run, and the kernels in a schedule, are found by name.",
  },
  E0407: {
    title: "update of a non-state parameter",
    message: "graph {graph}: {found} is updated, expected a state parameter, updated once",
    help: "declare the parameter as `state`, and assign it once",
    detail:
      "Only `state` parameters keep new contents from one run to the next. Wrong: `graph g(c: f32[4]) -> () { c = c + 1 }`. Right: `graph g(state c: f32[4]) -> () { c = c + 1 }`.",
  },
  E0408: {
    title: "state changes its type",
    message: "graph {graph}: the new contents of state {name} are {found}, expected {expected}",
    help: "the new contents must have the type of the parameter; use `cast` or `reshape`",
    detail: "A state is updated in place, so its new contents have the dtype and shape of the parameter.",
  },
  E0409: {
    title: "empty dimension",
    message: "graph {graph}: %{value} is {found}, expected dimensions of at least 1",
    help: "take at least one element along each axis",
    detail:
      "Tensors without elements are not supported: there is nothing to compute, and a tiling of nothing has no meaning.",
  },
  E0410: {
    title: "value or kernel does not exist",
    message: "graph {graph}: {reader} names {what} {id}, but there are only {count}",
    help: "this points to a bug in the pass that built the graph",
    detail: "Ids are dense: a graph with n values has the values 0 to n-1.",
  },
  E0411: {
    title: "result hides a parameter",
    message: "graph {graph}: result {name} has the name of a parameter but is another value",
    help: "give the result another name; only a state's new contents may have the state's name",
    detail:
      "In the language a result is the value that its name has at the end of the body. A parameter's name means the parameter, or the new contents of a state.",
  },
  E0412: {
    title: "name that the language cannot write",
    message: "graph {graph}: the {what} is called `{name}`, expected an identifier that is not a keyword",
    help: "rename it where the graph is built; a name has letters, digits and _",
    detail:
      "The text of a graph reads back as the same graph, so its names must be names of the language. Wrong: a parameter `for`, `true` or `a.b`. Right: `for_`, `true_`, `a_b`.",
  },
  E0413: {
    title: "axis not counted from 0",
    message: "{op}: attribute {attr} is {found}, expected {expected}, as nodes count axes from 0",
    help: "make nodes with the graph builder, which counts negative axes from 0",
    detail:
      "In text, negative axes count from the end. They are counted from 0 once, when a node is made, so that passes and targets never see negative ones.",
  },
});
