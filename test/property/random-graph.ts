// Random graphs as fast-check takes them: a failing case is shrunk, and prints as the graph's text:
//
//     fc.assert(fc.property(randomCase({ ops: [...], dtypes: ["f32"] }), ({ graph, inputs }) => ...))
import fc from "fast-check";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { makeCase, type RandomCase, type RandomGraphOptions } from "../../src/find/fuzz/random-graph.ts";

/** An arbitrary graph with inputs. */
export function randomCase(options: RandomGraphOptions = {}): fc.Arbitrary<RandomCase> {
  const seed = fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 }));
  const steps = fc.array(seed, { minLength: 1, maxLength: options.maxNodes ?? 12, size: "max" });
  return fc.record({ seed, steps }).map((recipe) => printable(makeCase(recipe, options)));
}

function printable(made: RandomCase): RandomCase {
  return { ...made, [fc.toStringMethod]: () => `\n${printGraph(made.graph)}` } as RandomCase;
}
