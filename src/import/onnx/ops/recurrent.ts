// Rows of the recurrent ONNX ops: their steps are written out. Weights are [directions, gates * hidden, width].
// Source: ONNX RNN-22, GRU-22, LSTM-22.

import { checkParts } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { op, operand, reshape, scalar, type Use } from "../use.ts";
import type { Value } from "../values.ts";
import { sliceAt, stack } from "./control.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";

const add = (use: Use, a: Value, b: Value): Value => op(use, "add", [a, b]);
const sub = (use: Use, a: Value, b: Value): Value => op(use, "sub", [a, b]);
const mul = (use: Use, a: Value, b: Value): Value => op(use, "mul", [a, b]);
const num = (x: Value, value: number): Value => scalar(value, x);

type Activate = (use: Use, x: Value) => Value;

const activations: Readonly<Record<string, Activate>> = {
  sigmoid: (use, x) => op(use, "sigmoid", [x]),
  tanh: (use, x) => op(use, "tanh", [x]),
  relu: (use, x) => op(use, "relu", [x]),
};

/** What one direction of a layer knows. */
interface Direction {
  readonly w: Value;
  readonly r: Value;
  /** Of the input and of the hidden state, for all gates. */
  readonly biases: readonly [Value, Value] | undefined;
  readonly peepholes: Value | undefined;
  readonly activate: readonly Activate[];
  readonly hidden: number;
  readonly limit: number | undefined;
}

/** A step: the new states of the old ones and the input; the first state is the result. */
type Step = (use: Use, direction: Direction, x: Value, states: readonly Value[]) => readonly Value[];

/** Gate `index` of a product [batch, gates * hidden], or of a bias. */
function gate(use: Use, value: Value, index: number, hidden: number): Value {
  const axes = [value.shape.length - 1];
  return op(use, "slice", [value], { starts: [index * hidden], ends: [(index + 1) * hidden], axes });
}

function project(use: Use, x: Value, weights: Value, bias: Value | undefined): Value {
  const product = op(use, "matmul", [x, weights], { transpose_rhs: true });
  return bias === undefined ? product : add(use, product, bias);
}

/** Limits what goes into an activation, where `clip` is set. */
function activate(use: Use, { activate: list, limit }: Direction, index: number, x: Value): Value {
  const limited = limit === undefined ? x : op(use, "min", [op(use, "max", [x, num(x, -limit)]), num(x, limit)]);
  return list[index]!(use, limited);
}

const rnnStep: Step = (use, direction, x, [h]) => {
  const { w, r, biases } = direction;
  const sum = add(use, project(use, x, w, biases?.[0]), project(use, h!, r, biases?.[1]));
  return [activate(use, direction, 0, sum)];
};

/** Gates z, r, h. */
function gruStep(linearBeforeReset: boolean): Step {
  return (use, direction, x, [h]) => {
    const { w, r, biases, hidden } = direction;
    const input = project(use, x, w, biases?.[0]);
    const state = project(use, h!, r, biases?.[1]);
    const both = (index: number): Value => add(use, gate(use, input, index, hidden), gate(use, state, index, hidden));
    const [z, reset] = [0, 1].map((index) => activate(use, direction, 0, both(index))) as [Value, Value];
    const rows = op(use, "slice", [r], { starts: [2 * hidden], ends: [3 * hidden], axes: [0] });
    const bias = biases === undefined ? undefined : gate(use, biases[1], 2, hidden);
    const own = linearBeforeReset
      ? mul(use, reset, gate(use, state, 2, hidden))
      : project(use, mul(use, reset, h!), rows, bias);
    const fresh = activate(use, direction, 1, add(use, gate(use, input, 2, hidden), own));
    return [add(use, mul(use, sub(use, num(z, 1), z), fresh), mul(use, z, h!))];
  };
}

/** Gates i, o, f, c; peepholes i, o, f. */
const lstmStep: Step = (use, direction, x, [h, c]) => {
  const { w, r, biases, peepholes, hidden } = direction;
  const sums = add(use, project(use, x, w, biases?.[0]), project(use, h!, r, biases?.[1]));
  const peep = (index: number, state: Value, value: Value): Value =>
    peepholes === undefined ? value : add(use, value, mul(use, gate(use, peepholes, index, hidden), state));
  const i = activate(use, direction, 0, peep(0, c!, gate(use, sums, 0, hidden)));
  const f = activate(use, direction, 0, peep(2, c!, gate(use, sums, 2, hidden)));
  const fresh = activate(use, direction, 1, gate(use, sums, 3, hidden));
  const cell = add(use, mul(use, f, c!), mul(use, i, fresh));
  const o = activate(use, direction, 0, peep(1, cell, gate(use, sums, 1, hidden)));
  return [mul(use, o, activate(use, direction, 2, cell)), cell];
};

interface Layer {
  readonly gates: number;
  readonly states: number;
  readonly defaults: readonly string[];
}

function directionOf(use: Use, index: number, { gates, defaults }: Layer): Direction {
  const hidden = use.attrs.int("hidden_size", operand(use, 2).shape[2]);
  const of = (place: number): Value | undefined => {
    const value = use.operands[place];
    return value === undefined ? undefined : sliceAt(use, value, 0, index);
  };
  const bias = of(3);
  const half = (part: number): Value => gate(use, bias!, part, gates * hidden);
  const given = use.attrs.texts("activations") ?? [];
  const names = defaults.map((name, place) => (given[index * defaults.length + place] ?? name).toLowerCase());
  const functions = names.map((name) =>
    Object.hasOwn(activations, name) ? activations[name]! : refuse(`its activation is ${name}`),
  );
  return {
    w: sliceAt(use, operand(use, 1), 0, index),
    r: sliceAt(use, operand(use, 2), 0, index),
    biases: bias === undefined ? undefined : [half(0), half(1)],
    peepholes: of(7),
    activate: functions,
    hidden,
    limit: use.attrs.has("clip") ? use.attrs.float("clip") : undefined,
  };
}

/** States stay what they are where a sequence has ended. */
function keepEnded(use: Use, time: number, next: readonly Value[], before: readonly Value[]): readonly Value[] {
  const lengths = use.operands[4];
  if (lengths === undefined) return next;
  const column = reshape(use, { ...lengths, element: "INT32" }, [...lengths.shape, 1]);
  const goesOn = op(use, "less", [scalar(time, column), column]);
  return next.map((value, index) => op(use, "where", [goesOn, value, before[index]!]));
}

interface DirectionRun {
  readonly outputs: readonly Value[];
  readonly last: readonly Value[];
}

function runDirection(
  use: Use,
  x: Value,
  {
    direction,
    step,
    initial,
    backwards,
  }: {
    readonly direction: Direction;
    readonly step: Step;
    readonly initial: readonly Value[];
    readonly backwards: boolean;
  },
): DirectionRun {
  const length = x.shape[0]!;
  checkParts(length, "steps");
  const outputs: Value[] = [];
  let states = initial;
  for (let count = 0; count < length; count++) {
    const time = backwards ? length - 1 - count : count;
    const next = step(use, direction, sliceAt(use, x, 0, time), states);
    states = keepEnded(use, time, next, states);
    outputs[time] = states[0]!;
  }
  return { outputs: outputs.map((value, time) => zeroEnded(use, time, value)), last: states };
}

/** Source: ONNX RNN-22: the results after the end of a sequence are 0. */
function zeroEnded(use: Use, time: number, value: Value): Value {
  const zeros = op(use, "full", [], { value: 0, shape: value.shape, dtype: value.dtype });
  return keepEnded(use, time, [value], [zeros])[0]!;
}

function recurrent(layer: Layer, stepOf: (use: Use) => Step): OnnxOp["make"] {
  return (use) => {
    const isBatchFirst = use.attrs.flag("layout", false);
    const given = operand(use, 0);
    const x = isBatchFirst ? op(use, "transpose", [given], { perm: [1, 0, 2] }) : given;
    const name = use.attrs.text("direction", "forward");
    const backwards =
      { forward: [false], reverse: [true], bidirectional: [false, true] }[name] ?? refuse(`its direction is ${name}`);
    use.attrs.ignore("output_sequence");
    if (use.attrs.flag("input_forget", false)) return refuse("input_forget couples its gates");
    const step = stepOf(use);
    const runs = backwards.map((isBackwards, index) => {
      const direction = directionOf(use, index, layer);
      const initial = Array.from({ length: layer.states }, (_unused, state) =>
        initialState(use, x, { index, state, hidden: direction.hidden, isBatchFirst }),
      );
      return runDirection(use, x, { direction, step, initial, backwards: isBackwards });
    });
    const steps = runs[0]!.outputs.map((_value, time) =>
      stack(
        use,
        runs.map(({ outputs }) => outputs[time]!),
        0,
      ),
    );
    const y = stack(use, steps, 0);
    const lasts = Array.from({ length: layer.states }, (_unused, state) =>
      stack(
        use,
        runs.map(({ last }) => last[state]!),
        0,
      ),
    );
    const batchFirst = (value: Value, perm: readonly number[]): Value =>
      isBatchFirst ? op(use, "transpose", [value], { perm }) : value;
    return [batchFirst(y, [2, 0, 1, 3]), ...lasts.map((last) => batchFirst(last, [1, 0, 2]))];
  };
}

function initialState(
  use: Use,
  x: Value,
  {
    index,
    state,
    hidden,
    isBatchFirst,
  }: {
    readonly index: number;
    readonly state: number;
    readonly hidden: number;
    readonly isBatchFirst: boolean;
  },
): Value {
  const given = use.operands[5 + state];
  if (given !== undefined) return sliceAt(use, given, isBatchFirst ? 1 : 0, index);
  return op(use, "full", [], { value: 0, shape: [x.shape[1]!, hidden], dtype: x.dtype });
}

export const recurrentOps = defineOnnxOps({
  RNN: {
    way: "rewrite",
    as: "its steps, written out",
    make: recurrent({ gates: 1, states: 1, defaults: ["Tanh"] }, () => rnnStep),
  },
  GRU: {
    way: "rewrite",
    as: "its steps, written out",
    make: recurrent({ gates: 3, states: 1, defaults: ["Sigmoid", "Tanh"] }, (use) =>
      gruStep(use.attrs.flag("linear_before_reset", false)),
    ),
  },
  LSTM: {
    way: "rewrite",
    as: "its steps, written out",
    limits: "no input_forget",
    make: recurrent({ gates: 4, states: 2, defaults: ["Sigmoid", "Tanh", "Tanh"] }, () => lstmStep),
  },
});
