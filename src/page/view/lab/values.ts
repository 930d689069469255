// Runs and checks: which executor, with which seed; the values of small results; and what the comparison of all executors found.

import type { CheckVerdict, LabFacts, RunValues, ShownTensor } from "../../../lab/lab-data.ts";
import { element } from "../dom.ts";
import { picker } from "./controls.ts";

export interface Values {
  readonly element: HTMLElement;
  readonly showRun: (values: RunValues) => void;
  readonly showCheck: (verdict: CheckVerdict) => void;
  readonly showWords: (text: string) => void;
  readonly asked: () => { readonly on: string; readonly seed: number };
}

export interface ValuesActions {
  readonly run: () => void;
  readonly check: () => void;
}

export function makeValues(facts: LabFacts, { run, check }: ValuesActions): Values {
  let on = "neuron";
  const executor = picker(
    "run on",
    facts.executors.map((name) => ({ name, summary: "" })),
    (name) => {
      on = name;
    },
  );
  executor.select.value = on;
  const seed = element("input", { type: "number", min: 0, step: 1, value: "0", "aria-label": "seed" });
  const out = element("div", { class: "values", "aria-live": "polite" }, [
    element("p", { class: "empty" }, ["Nothing was run yet. Inputs get random values that the seed decides."]),
  ]);
  const seedField = element("label", { class: "pick" }, [element("span", {}, ["seed"]), seed]);
  const buttons = [button("Run", "run the program (Ctrl-Enter)", run), button("Check", "compare all executors", check)];
  return {
    element: element("section", { class: "panel", id: "values" }, [
      element("h2", {}, ["Run & check"]),
      element("div", { class: "tools" }, [executor.label, seedField, ...buttons]),
      out,
    ]),
    showRun: ({ text, tensors }) =>
      out.replaceChildren(element("p", { class: "note" }, [text]), ...tensors.map(tensorElement)),
    showCheck: (verdict) => out.replaceChildren(...checkElements(verdict)),
    showWords: (text) => out.replaceChildren(element("p", { class: "empty" }, [text])),
    asked: () => ({ on, seed: Math.max(0, Math.floor(Number(seed.value) || 0)) }),
  };
}

function button(text: string, title: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button", title }, [text]);
  made.addEventListener("click", act);
  return made;
}

function tensorElement({ summary, rows }: ShownTensor): HTMLElement {
  const line = element("pre", { class: "text" }, [summary]);
  if (rows === undefined) return line;
  const cells = rows.map((row) =>
    element(
      "tr",
      {},
      row.map((cell) => element("td", {}, [cell])),
    ),
  );
  const grid = element("table", { class: "tensor" }, [element("tbody", {}, cells)]);
  return element("div", {}, [line, element("div", { class: "scroll" }, [grid])]);
}

function checkElements({ agree, text, noGpu }: CheckVerdict): readonly HTMLElement[] {
  const words = agree ? "All executors agree." : "Executors differ.";
  const gpu = noGpu === "" ? [] : [element("p", { class: "note" }, [`Without WebGPU: ${noGpu}.`])];
  return [
    element("p", { class: agree ? "verdict agree" : "verdict differ" }, [words]),
    ...gpu,
    element("div", { class: "scroll" }, [element("pre", { class: "text" }, [text])]),
  ];
}
