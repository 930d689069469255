// Elementwise rows with one operand that networks have between their products.

import { erfc, softplus } from "../base/special-functions.ts";
import { onFloats, onNumbers, unary } from "./elementwise-makers.ts";
import { floatDtypes } from "./shape-rules.ts";

/** Source: Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2. */
const GELU_TANH_CUBIC = 0.044715;

function geluErf(x: number): number {
  return 0.5 * x * erfc(-x / Math.SQRT2);
}

function geluTanh(x: number): number {
  const inner = Math.sqrt(2 / Math.PI) * (x + GELU_TANH_CUBIC * x * x * x);
  return x * sigmoid(2 * inner);
}

/** 1 / (1 + exp(-x)); (1 + tanh(z)) / 2 is sigmoid(2 z), which keeps its accuracy where tanh is close to -1. */
function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export const activationOps = {
  tanh: onFloats(
    {
      summary: "hyperbolic tangent",
      formula: "tanh(x)",
      facts: { isTranscendental: true },
      source: "ONNX Tanh-13",
      call: "tanh(x)",
    },
    Math.tanh,
  ),
  sigmoid: onFloats(
    {
      summary: "logistic function",
      formula: "1 / (1 + e^-x)",
      facts: { isTranscendental: true, isNeverNegativeZero: true, nonnegative: "always" },
      source: "ONNX Sigmoid-13",
      call: "sigmoid(x)",
    },
    sigmoid,
  ),
  relu: onNumbers(
    {
      summary: "rectifier",
      formula: "max(x, 0)",
      facts: {
        choosesNumbers: true,
        mayBeExact: true,
        isIdempotent: true,
        isNeverNegativeZero: true,
        nonnegative: "always",
      },
      source: "ONNX Relu-14",
      call: "relu(x)",
    },
    (x) => Math.max(x, 0),
  ),
  gelu: unary(
    {
      summary: "Gaussian error linear unit",
      formula: "x * Phi(x)",
      more: 'Phi is the distribution function of the normal distribution: `approximate="none"` takes `(1 + erf(x / sqrt(2))) / 2`, `approximate="tanh"` takes `(1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2`, as GPT-2 does.',
      facts: { isTranscendental: true },
      source: "ONNX Gelu-20; Hendrycks and Gimpel 2016, arXiv:1606.08415",
      call: 'gelu(x, approximate="tanh")',
    },
    {
      dtypes: floatDtypes,
      attrs: {
        approximate: { kind: "choice", choices: ["none", "tanh"], default: "none", summary: "formula for Phi" },
      },
    },
    (x, attrs) => (attrs.approximate === "tanh" ? geluTanh(x) : geluErf(x)),
  ),
  silu: onFloats(
    {
      summary: "sigmoid linear unit, also called swish",
      formula: "x / (1 + e^-x)",
      facts: { isTranscendental: true },
      source: "ONNX Swish-24 with alpha=1; Elfwing et al. 2017, arXiv:1702.03118",
      call: "silu(x)",
    },
    (x) => x / (1 + Math.exp(-x)),
  ),
  softplus: onFloats(
    {
      summary: "smooth rectifier",
      formula: "ln(1 + e^x), without overflow",
      facts: { isTranscendental: true, isNeverNegativeZero: true, nonnegative: "always" },
      source: "ONNX Softplus-22",
      call: "softplus(x)",
    },
    softplus,
  ),
};
