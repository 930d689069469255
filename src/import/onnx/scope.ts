// Names of a model while its nodes are imported, and what is noted on the way.

import type { Maker } from "./maker.ts";
import type { Message } from "./proto/schema.ts";
import type { OnnxTensor, ReadExternal } from "./read-tensor.ts";
import type { Value } from "./values.ts";

/** Why a part of the model cannot be imported. */
export interface ImportProblem {
  /** The node, input or output, in words. */
  readonly where: string;
  readonly op: string;
  readonly why: string;
  /** Inputs of the model whose values would have to be known. */
  readonly wanted: readonly string[];
}

export interface ImportOptions {
  /** Sizes of symbolic dimensions, by name. */
  readonly dims: ReadonlyMap<string, number>;
  /** Inputs of the model that have these values, whatever is run. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** Shapes of inputs, where more is known than the model says. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly external: ReadExternal;
  /** Whether composites stay the steps that they are written as. */
  readonly keepSteps?: boolean;
}

/** What the import of one model holds; lists and maps grow in place. */
export interface ImportState {
  readonly options: ImportOptions;
  readonly maker: Maker;
  readonly functions: ReadonlyMap<string, Message<"Function">>;
  readonly problems: ImportProblem[];
  readonly remarks: Set<string>;
  /** Names of values for the text. */
  readonly valueNames: Map<number, string>;
  /** Nodes that may still be made of functions and bodies. */
  readonly budget: { nodes: number };
  readonly counts: Map<string, number>;
}

/** What a name stands for: a value, or something that could not be imported and was reported. */
export type Named = Value | "broken";

/** Names of a graph or a body, which sees those around it. */
export interface Scope {
  readonly names: Map<string, Named>;
  readonly outer: Scope | undefined;
  readonly opsets: ReadonlyMap<string, number>;
  /** Attributes of the function that is being inlined. */
  readonly attributes: ReadonlyMap<string, Message<"Attribute">>;
  /** How many functions and bodies are around it. */
  readonly depth: number;
}

export function lookUp(scope: Scope | undefined, name: string): Named | undefined {
  for (let place = scope; place !== undefined; place = place.outer) {
    const found = place.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The version of each operator set; the standard one has the empty name. */
export function opsetsOf(list: readonly Message<"OperatorSet">[]): ReadonlyMap<string, number> {
  return new Map(list.map(({ domain, version }) => [standardDomain(domain), version ?? 1]));
}

export function standardDomain(domain: string | undefined): string {
  return domain === undefined || domain === "ai.onnx" ? "" : domain;
}
