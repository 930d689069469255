// Error codes E15nn: models of other formats.

import { defineErrors } from "./define.ts";

export const importErrors = defineErrors({
  E1501: {
    title: "file that is no model",
    message: "{file} cannot be read as an ONNX model: {why}",
    help: "export the model again; `tgc import` reads files of onnx.ModelProto (.onnx)",
    detail:
      "An ONNX file is a message of protobuf's wire format. Its lengths and counts are held against the file and against budgets, so that no file is read for long.\n\nWrong: `tgc import model.safetensors`\n\nRight: `tgc import model.onnx -o model.tg`",
  },
  E1502: {
    title: "part of a model that cannot be imported",
    message: "{where}: {why}",
    help: "export the model in another way, such as for fixed shapes; IMPORT.md lists the ops that can be imported, and their limits",
    detail:
      "All parts that cannot be expressed in the language are reported in one run: a node whose op has no counterpart, an attribute that is not known, an input of texts, a dimension without a size, an operand that decides on shapes but is not known when importing.\n\nWrong: a model whose `Reshape` takes its shape from an input\n\nRight: the same model exported with a constant shape, or `tgc import --constant shape=shape.pb`",
  },
  E1503: {
    title: "no such input to import",
    message: "the model has no input {name}, expected one of {expected}",
    help: "name an input of the model as the model calls it",
    detail:
      "`--constant` names an input of the model, and the file with its value.\n\nWrong: `--constant Shape=shape.pb` for an input `shape`\n\nRight: `--constant shape=shape.pb`",
  },
  E1504: {
    title: "no such dimension to import",
    message: "the model has no symbolic dimension {name}, expected one of {expected}",
    help: "name a dimension as the types of the model's inputs do",
    detail:
      "`--dim` gives a symbolic dimension its size.\n\nWrong: `--dim seq=128` for a model whose dimension is `sequence`\n\nRight: `--dim sequence=128`",
  },
  E1505: {
    title: "tensor file that cannot be read",
    message: "{file} cannot be read as an ONNX tensor: {why}",
    help: "give a file that holds one onnx.TensorProto, such as input_0.pb of the ONNX backend tests",
    detail:
      "Inputs, outputs and constants of a model come in files of onnx.TensorProto.\n\nWrong: `--constant shape=shape.npy`\n\nRight: `--constant shape=shape.pb`",
  },
  E1506: {
    title: "folder without test data",
    message: "{folder} has no {expected}",
    help: "a case is a folder with model.onnx and test_data_set_0, which holds input_0.pb, output_0.pb, ...",
    detail:
      "`tgc conformance` runs cases in the layout of the ONNX backend tests, and `tgc import --check` takes the tensors of one.\n\nWrong: `tgc conformance model.onnx`\n\nRight: `tgc conformance onnx/backend/test/data/node`",
  },
  E1508: {
    title: "no such executor",
    message: "expected executors among {expected}, found `{name}`",
    help: "write their names with commas between, as in `--on ref,neuron`; `tgc list executors` prints them",
    detail: "`tgc conformance --on` names what the cases run on.\n\nWrong: `--on ref,gpu`\n\nRight: `--on ref,webgpu`",
  },
  E1507: {
    title: "model that gives other values than its test data",
    message: "output {name}: {why}",
    help: "`tgc check` says whether all executors agree; if they do, the import or the test data are wrong",
    detail:
      "`tgc import --check` runs the imported program on the reference with the inputs of the test data, and compares its outputs as the ONNX backend tests do.\n\nWrong: test data of another model\n\nRight: those that were exported with the model",
  },
});
