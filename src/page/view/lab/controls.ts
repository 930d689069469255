// The options: target, strategy, fusion, and what the program itself offers to choose; numbers of the machine that are changed.

import type { LabFacts, LabOptions, Named, ProgramParts } from "../../../lab/lab-data.ts";
import { element } from "../dom.ts";

export interface Controls {
  readonly head: readonly HTMLElement[];
  readonly more: HTMLElement;
  /** Shows options that come from elsewhere, such as a link. */
  readonly show: (options: LabOptions) => void;
  /** Offers what the program has. */
  readonly offer: (parts: ProgramParts) => void;
}

type Change = (change: Partial<LabOptions>) => void;

export function makeControls(facts: LabFacts, first: LabOptions, onChange: Change): Controls {
  let options = first;
  let parts: ProgramParts = { graphs: [], schedules: [], dims: [] };
  const change: Change = (some) => {
    options = { ...options, ...some };
    onChange(some);
  };
  const picks = {
    target: picker("target", facts.targets, (target) => change({ target })),
    strategy: picker("strategy", named(facts.strategies), (strategy) => change({ strategy })),
    fuse: picker("fusion", named(facts.fusions), (fuse) => change({ fuse })),
    graph: picker("graph", [], (graph) => change({ graph, schedule: "" })),
    schedule: picker("schedule", [], (schedule) => change({ schedule })),
  };
  const dims = element("div", { class: "numbers" });
  const set = element("div", { class: "numbers" });
  const showNumbers = (): void => {
    dims.replaceChildren(...parts.dims.map(({ name, size }) => dimField(name, size, options.dims, change)));
    set.replaceChildren(...setRows(facts, options.set, change, showNumbers));
  };
  const show = (next: LabOptions): void => {
    options = next;
    for (const name of ["target", "strategy", "fuse"] as const) picks[name].select.value = options[name];
    showNumbers();
  };
  show(first);
  return {
    head: [picks.target.label, picks.strategy.label, picks.fuse.label, picks.graph.label, picks.schedule.label],
    more: element("div", { class: "more" }, [dims, set]),
    show,
    offer: (next) => {
      const isNew = JSON.stringify(next.dims) !== JSON.stringify(parts.dims);
      parts = next;
      offerNames(picks.graph, next.graphs, options.graph, next.graphs.length > 1);
      offerNames(picks.schedule, next.schedules, options.schedule, next.schedules.length > 0);
      if (isNew) showNumbers();
      // Of several graphs one is shown; the choice is one that the reader sees, and that links and the command get.
      const [first] = next.graphs;
      const isOpen = options.graph === "" && next.graphs.length > 1 && !next.graphs.includes("main");
      if (isOpen && first !== undefined) change({ graph: first });
    },
  };
}

interface Picker {
  readonly label: HTMLElement;
  readonly select: HTMLSelectElement;
}

const named = (names: readonly string[]): readonly Named[] => names.map((name) => ({ name, summary: "" }));

export function picker(title: string, choices: readonly Named[], pick: (name: string) => void): Picker {
  const select = element("select", { "aria-label": title }, choices.map(choiceElement));
  select.addEventListener("change", () => pick(select.value));
  return { label: element("label", { class: "pick" }, [element("span", {}, [title]), select]), select };
}

const choiceElement = ({ name, summary }: Named): HTMLElement =>
  element("option", { value: name, title: summary }, [name]);

/** The names of the program; the first is none of them. */
function offerNames({ label, select }: Picker, names: readonly string[], chosen: string, isShown: boolean): void {
  const none = element("option", { value: "" }, ["\u2013"]);
  select.replaceChildren(none, ...named(names).map(choiceElement));
  select.value = names.includes(chosen) ? chosen : "";
  label.hidden = !isShown;
}

function dimField(name: string, size: number | undefined, dims: LabOptions["dims"], change: Change): HTMLElement {
  const input = element("input", {
    type: "number",
    min: 1,
    "aria-label": `dimension ${name}`,
    placeholder: size ?? "size",
  });
  input.value = dims[name] === undefined ? "" : String(dims[name]);
  input.addEventListener("change", () => {
    const { [name]: _before, ...others } = dims;
    change({ dims: input.value === "" ? others : { ...others, [name]: Number(input.value) } });
  });
  return element("label", { class: "pick" }, [element("span", {}, [name]), input]);
}

/** A row for each number that is changed, and a list to add one. */
function setRows(
  facts: LabFacts,
  set: LabOptions["set"],
  change: Change,
  showAgain: () => void,
): readonly HTMLElement[] {
  const put = (next: LabOptions["set"]): void => {
    change({ set: next });
    showAgain();
  };
  const rows = Object.entries(set).map(([name, value]) => {
    const input = element("input", { type: "number", step: "any", "aria-label": name });
    input.value = String(value);
    input.addEventListener("change", () => put({ ...set, [name]: Number(input.value) }));
    const drop = element("button", { type: "button", "aria-label": `leave ${name} as it is` }, ["\u00d7"]);
    drop.addEventListener("click", () =>
      put(Object.fromEntries(Object.entries(set).filter(([other]) => other !== name))),
    );
    const summary = facts.machineFields.find((field) => field.name === name)?.summary ?? "";
    return element("span", { class: "pick", title: summary }, [element("span", {}, [name]), input, drop]);
  });
  const others = facts.machineFields.filter(({ name }) => set[name] === undefined);
  const add = picker("change a number of the machine", [{ name: "", summary: "" }, ...others], (name) => {
    if (name !== "") put({ ...set, [name]: 1 });
  });
  return [...rows, add.label];
}
