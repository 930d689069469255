// Error codes E04nn: the graph as a whole.

import { defineErrors } from "./define.ts";

export const graphErrors = defineErrors({
  E0401: {
    title: "value read before it is made",
    message: "graph {graph}: {reader} reads %{value} before it is made",
    help: "nodes stand in an order in which they can run; put the node that makes the value first",
    detail:
      "A graph is in SSA form: a value is a parameter, or the result of a node that stands before all its readers.",
  },
  E0402: {
    title: "value not made exactly once",
    message: "graph {graph}: %{value} is made {count} times, wanted once",
    help: "give each result of each node a value of its own",
    detail: "A graph is in SSA form: every value is a parameter or the result of exactly one node.",
  },
  E0403: {
    title: "type does not follow from the operands",
    message: "{op}: result {index} is {found}, wanted {wanted}",
    help: "leave the type out, or write the type that the op's shape rule gives",
    detail:
      "The types of a node's results are those that the op infers from its operands and attributes; see `tgc explain` with the op's name.",
  },
  E0404: {
    title: "unknown attribute",
    message: "{op}: attribute {attr} is not known, wanted one of: {wanted}",
    help: "see `tgc explain {op}` for the op's attributes",
    detail: "A node holds exactly the attributes of its op's row, with the defaults filled in.",
  },
  E0405: {
    title: "kernel torn apart",
    message: "graph {graph}: the nodes of kernel {kernel} do not stand next to each other",
    help: "move the nodes in between before or behind the kernel",
    detail:
      "A kernel runs as one piece, so its nodes stand next to each other; a node in between would have to run in the midst of it.",
  },
  E0406: {
    title: "name given twice",
    message: "graph {graph}: two {what} have the name {name}, wanted names that differ",
    help: "names of parameters, results and kernels are how a run and a schedule refer to them; make them different",
    detail: "Inputs and outputs of a run, and the kernels in a schedule, are found by name.",
  },
  E0407: {
    title: "update of what is no state",
    message: "graph {graph}: {found} is updated, wanted a state parameter that is updated once",
    help: "declare the parameter as `state`, and give it one new content",
    detail:
      "Only `state` parameters keep a new content from one run to the next. Wrong: `graph g(c: f32[4]) -> () { c = c + 1 }`. Right: `graph g(state c: f32[4]) -> () { c = c + 1 }`.",
  },
  E0408: {
    title: "state changes its type",
    message: "graph {graph}: the new content of state {name} is {found}, wanted {wanted}",
    help: "the new content has the type of the parameter; use `cast` or `reshape`",
    detail: "A state is updated in place, so its new content has the dtype and shape that the parameter has.",
  },
  E0409: {
    title: "empty dimension",
    message: "graph {graph}: %{value} is {found}, wanted dimensions of at least 1",
    help: "take at least one element along each axis",
    detail:
      "Tensors without elements are not supported: there is nothing to compute, and a tiling of nothing has no meaning.",
  },
  E0410: {
    title: "value or kernel does not exist",
    message: "graph {graph}: {reader} names {what} {id}, but there are only {count}",
    help: "this points at a mistake in the pass that made the graph",
    detail: "Ids are dense: a graph with n values has the values 0 to n-1.",
  },
  E0411: {
    title: "result hides a parameter",
    message: "graph {graph}: result {name} has the name of a parameter but is another value, wanted a name of its own",
    help: "give the result another name; only a state's new content may have the state's name",
    detail:
      "In the language a result is the value that has its name at the end of the body. A parameter's name stands for the parameter, or for the new content of a state.",
  },
  E0412: {
    title: "name that the language cannot write",
    message: "graph {graph}: the {what} is called `{name}`, wanted an identifier that is no word of the language",
    help: "rename it where the graph is made; letters, digits and _ can stand in a name",
    detail:
      "The text of a graph reads back as the same graph, so its names are names of the language. Wrong: a parameter `for`, `true` or `a.b`. Right: `for_`, `true_`, `a_b`.",
  },
  E0413: {
    title: "axis not counted from 0",
    message: "{op}: attribute {attr} is {found}, wanted {wanted}, as nodes count axes from 0",
    help: "make nodes with the graph builder, which counts negative axes from 0",
    detail:
      "In text, negative axes count from the end. They are counted from 0 once, when a node is made, so that passes and targets never see negative ones.",
  },
});
