// Models in ONNX as exporters write them, made from published shapes with seeded weights: layers of BERT and of GPT-2. `npm run models` writes them in
// full size; tests take small ones.
import { makeRandomWords } from "../../ir-spec/base/random-words.ts";
import {
  type Attributes,
  type ModelDraft,
  model,
  type NodeDraft,
  node,
  tensor,
  valueInfo,
} from "../unit/import/write-proto.ts";

export interface TransformerSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly length: number;
}

/** Source: Devlin et al. 2018, arXiv:1810.04805, BERT base; Radford et al. 2019, GPT-2 small: both 768 wide with 12 heads. */
export const publishedSizes: TransformerSizes = { layers: 1, hidden: 768, heads: 12, length: 128 };

/** A model that is written node by node; names are paths of modules, as PyTorch's exporter gives them. */
interface Writing {
  readonly nodes: NodeDraft[];
  readonly weights: ReturnType<typeof tensor>[];
  readonly op: (place: string, opType: string, inputs: readonly string[], attrs?: Attributes) => string;
  readonly weight: (name: string, dims: readonly number[], scale: number, around?: number) => string;
  readonly floats: (place: string, value: number) => string;
  readonly ints: (place: string, values: readonly number[]) => string;
}

function startWriting(): Writing {
  const [nodes, weights]: [NodeDraft[], ReturnType<typeof tensor>[]] = [[], []];
  const random = makeRandomWords(1);
  const counts = new Map<string, number>();
  const placeOf = (place: string, opType: string): string => {
    const count = counts.get(`${place}/${opType}`) ?? 0;
    counts.set(`${place}/${opType}`, count + 1);
    return `/${place}/${opType}${count === 0 ? "" : `_${count}`}_output_0`;
  };
  const constant = (place: string, element: "FLOAT" | "INT64", dims: readonly number[], data: readonly number[]) => {
    const name = placeOf(place, "Constant");
    weights.push(tensor(name, element, dims, data));
    return name;
  };
  return {
    nodes,
    weights,
    op: (place, opType, inputs, attrs = {}) => {
      const name = placeOf(place, opType);
      nodes.push(node(opType, inputs, [name], attrs));
      return name;
    },
    weight: (name, dims, scale, around = 0) => {
      const count = dims.reduce((product, size) => product * size, 1);
      const data = Array.from({ length: count }, () => Math.fround(around + scale * (random() / 2 ** 31 - 1)));
      weights.push(tensor(name, "FLOAT", dims, data));
      return name;
    },
    floats: (place, value) => constant(place, "FLOAT", [], [value]),
    ints: (place, values) => constant(place, "INT64", [values.length], values),
  };
}

/** Layer normalization before opset 17: nine nodes. */
function layerNorm({ op, weight, floats }: Writing, place: string, x: string, hidden: number): string {
  const name = place.replaceAll("/", ".");
  const mean = op(place, "ReduceMean", [x], { axes: [-1] });
  const centered = op(place, "Sub", [x, mean]);
  const squares = op(place, "Pow", [centered, floats(place, 2)]);
  const variance = op(place, "ReduceMean", [squares], { axes: [-1] });
  const deviation = op(place, "Sqrt", [op(place, "Add", [variance, floats(place, 1e-5)])]);
  const scaled = op(place, "Mul", [
    op(place, "Div", [centered, deviation]),
    weight(`${name}.weight`, [hidden], 0.1, 1),
  ]);
  return op(place, "Add", [scaled, weight(`${name}.bias`, [hidden], 0.1)]);
}

function linear({ op, weight }: Writing, place: string, x: string, [from, to]: readonly [number, number]): string {
  const name = place.replaceAll("/", ".");
  const product = op(place, "MatMul", [x, weight(`${name}.weight`, [from, to], Math.sqrt(3 / from))]);
  return op(place, "Add", [weight(`${name}.bias`, [to], 0.1), product]);
}

/** [batch, length, hidden] to [batch, heads, length, hidden / heads], by the shape of x. */
function splitHeads({ op, ints }: Writing, place: string, x: string, { heads }: TransformerSizes): string {
  const [zero, one] = [ints(place, [0]), ints(place, [1])];
  const shape = op(place, "Shape", [x]);
  const dims = [zero, one].map((index) => op(place, "Gather", [shape, index]));
  const wanted = op(place, "Concat", [...dims, ints(place, [heads]), ints(place, [-1])], { axis: 0 });
  return op(place, "Transpose", [op(place, "Reshape", [x, wanted])], { perm: [0, 2, 1, 3] });
}

function joinHeads({ op, ints }: Writing, place: string, x: string, { hidden }: TransformerSizes): string {
  const moved = op(place, "Transpose", [x], { perm: [0, 2, 1, 3] });
  return op(place, "Reshape", [moved, ints(place, [0, 0, hidden])]);
}

function geluErf({ op, floats }: Writing, place: string, x: string): string {
  const inner = op(place, "Erf", [op(place, "Div", [x, floats(place, Math.SQRT2)])]);
  const product = op(place, "Mul", [x, op(place, "Add", [inner, floats(place, 1)])]);
  return op(place, "Mul", [product, floats(place, 0.5)]);
}

function geluTanh({ op, floats }: Writing, place: string, x: string): string {
  const cubed = op(place, "Mul", [op(place, "Pow", [x, floats(place, 3)]), floats(place, 0.044715)]);
  const scaled = op(place, "Mul", [op(place, "Add", [x, cubed]), floats(place, Math.sqrt(2 / Math.PI))]);
  const half = op(place, "Mul", [x, floats(place, 0.5)]);
  return op(place, "Mul", [half, op(place, "Add", [op(place, "Tanh", [scaled]), floats(place, 1)])]);
}

function bertLayer(writing: Writing, place: string, x: string, mask: string, sizes: TransformerSizes): string {
  const { op, floats } = writing;
  const { hidden, heads } = sizes;
  const own = `${place}/attention/self`;
  const [q, k, v] = ["query", "key", "value"].map((name) =>
    splitHeads(writing, own, linear(writing, `${own}/${name}`, x, [hidden, hidden]), sizes),
  ) as [string, string, string];
  const scores = op(own, "MatMul", [q, op(own, "Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const scaled = op(own, "Div", [scores, floats(own, Math.sqrt(hidden / heads))]);
  const weights = op(own, "Softmax", [op(own, "Add", [scaled, mask])], { axis: -1 });
  const mixed = joinHeads(writing, own, op(own, "MatMul", [weights, v]), sizes);
  const output = `${place}/attention/output`;
  const attended = op(output, "Add", [linear(writing, `${output}/dense`, mixed, [hidden, hidden]), x]);
  const normed = layerNorm(writing, `${output}/LayerNorm`, attended, hidden);
  const wide = linear(writing, `${place}/intermediate/dense`, normed, [hidden, 4 * hidden]);
  const narrow = linear(writing, `${place}/output/dense`, geluErf(writing, `${place}/intermediate`, wide), [
    4 * hidden,
    hidden,
  ]);
  return layerNorm(writing, `${place}/output/LayerNorm`, op(`${place}/output`, "Add", [narrow, normed]), hidden);
}

/** Layers of the encoder of BERT; `mask` is 0 or very negative for each key. */
export function bertModel(sizes: TransformerSizes): ModelDraft {
  const writing = startWriting();
  let x = "hidden_states";
  for (let layer = 0; layer < sizes.layers; layer++) x = bertLayer(writing, `encoder/layer.${layer}`, x, "mask", sizes);
  return finish(writing, sizes, x, {
    name: "bert",
    inputs: [valueInfo("mask", "FLOAT", ["batch", 1, 1, sizes.length])],
  });
}

function gptLayer(writing: Writing, place: string, x: string, seen: string, sizes: TransformerSizes): string {
  const { op, floats, ints } = writing;
  const { hidden, heads } = sizes;
  const own = `${place}/attn`;
  const qkv = linear(writing, `${own}/c_attn`, layerNorm(writing, `${place}/ln_1`, x, hidden), [hidden, 3 * hidden]);
  const parts = ["q", "k", "v"].map((name) => `/${own}/Split_${name}`);
  writing.nodes.push(node("Split", [qkv, ints(own, [hidden, hidden, hidden])], parts, { axis: 2 }));
  const [q, k, v] = parts.map((part) => splitHeads(writing, own, part, sizes)) as [string, string, string];
  const scores = op(own, "MatMul", [q, op(own, "Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const scaled = op(own, "Div", [scores, floats(own, Math.sqrt(hidden / heads))]);
  const masked = op(own, "Where", [seen, scaled, floats(own, -3.4028234663852886e38)]);
  const weights = op(own, "Softmax", [masked], { axis: -1 });
  const mixed = joinHeads(writing, own, op(own, "MatMul", [weights, v]), sizes);
  const attended = op(place, "Add", [linear(writing, `${own}/c_proj`, mixed, [hidden, hidden]), x]);
  const normed = layerNorm(writing, `${place}/ln_2`, attended, hidden);
  const wide = linear(writing, `${place}/mlp/c_fc`, normed, [hidden, 4 * hidden]);
  const narrow = linear(writing, `${place}/mlp/c_proj`, geluTanh(writing, `${place}/mlp/act`, wide), [
    4 * hidden,
    hidden,
  ]);
  return op(place, "Add", [attended, narrow]);
}

/** Layers of GPT-2; a query sees the keys up to its own place. */
export function gpt2Model(sizes: TransformerSizes): ModelDraft {
  const writing = startWriting();
  const { length } = sizes;
  const row = Array.from({ length: length * length }, (_unused, index) =>
    Number(index % length <= Math.floor(index / length)),
  );
  writing.weights.push(tensor("transformer.h.bias", "BOOL", [1, 1, length, length], row));
  let x = "hidden_states";
  for (let layer = 0; layer < sizes.layers; layer++)
    x = gptLayer(writing, `h.${layer}`, x, "transformer.h.bias", sizes);
  return finish(writing, sizes, x, { name: "gpt2", inputs: [] });
}

function finish(
  { nodes, weights, op }: Writing,
  { hidden, length }: TransformerSizes,
  x: string,
  { name, inputs }: Pick<ModelDraft, "inputs"> & { readonly name: string },
): ModelDraft {
  const last = op("out", "Identity", [x]);
  const renamed = nodes.map((made) => (made.output?.[0] === last ? { ...made, output: ["last_hidden_state"] } : made));
  const states = valueInfo("hidden_states", "FLOAT", ["batch", length, hidden]);
  return { name, opset: 17, inputs: [states, ...inputs], outputs: ["last_hidden_state"], weights, nodes: renamed };
}

/** The bytes of the sample models, by the names of their files. */
export function sampleModels(sizes: TransformerSizes): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ["bert-layer.onnx", model(bertModel(sizes))],
    ["gpt2-layer.onnx", model(gpt2Model(sizes))],
  ]);
}
