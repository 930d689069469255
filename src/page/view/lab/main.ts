// The lab: a program in an editor, and what the compiler makes of it, all in this page.

import type { LabFacts, LabState } from "../../../lab/lab-data.ts";
import { element } from "../dom.ts";
import { themeButton } from "../theme.ts";
import { type LabClient, makeClient } from "./client.ts";
import { makeControls, picker } from "./controls.ts";
import { makeEditor } from "./editor.ts";
import { changeOptions, changeText, type Lab, load, runOrCheck } from "./lab.ts";
import { readLink, writeLink } from "./link.ts";
import { makeFindings } from "./problems.ts";
import { makeResults } from "./results.ts";
import { makeStatus } from "./status.ts";
import { makeValues } from "./values.ts";

interface Sample {
  readonly name: string;
  readonly text: string;
}

/** What the page begins with where its address holds no program. */
const firstSample = "mlp.tg";
const workerScript = "lab-worker.js";

async function start(page: HTMLElement): Promise<void> {
  const samples = JSON.parse(document.getElementById("samples")?.textContent ?? "[]") as readonly Sample[];
  const [quick, slow] = [makeClient(workerScript), makeClient(workerScript)];
  const answer = await quick.ask({ kind: "facts" });
  if (answer?.kind !== "facts") {
    const why = answer?.kind === "failed" ? `: ${answer.message}` : "";
    page.replaceChildren(element("p", { class: "loading" }, [`The compiler could not be loaded${why}.`]));
    return;
  }
  const text = samples.find(({ name }) => name === firstSample)?.text ?? "";
  const { state, message } = readLink(location.hash, text);
  const host = element("div", { class: "editor" });
  const lab = makeLab({ facts: answer.facts, quick, slow, state, host });
  page.replaceChildren(...pageElements(lab, samples, host));
  load(lab, state, message);
  window.addEventListener("hashchange", () => followLink(lab));
}

interface LabStart {
  readonly facts: LabFacts;
  readonly quick: LabClient;
  readonly slow: LabClient;
  readonly state: LabState;
  /** The element that the editor fills. */
  readonly host: HTMLElement;
}

function makeLab({ facts, quick, slow, state, host }: LabStart): Lab {
  const run = (kind: "run" | "check") => (): void => void runOrCheck(lab, kind);
  const values = makeValues(facts, { run: run("run"), check: run("check") });
  const editor = makeEditor(host, state.text, facts, {
    onChange: (text) => changeText(lab, text),
    onLine: (line) => lab.results.mark([line]),
    onRun: run("run"),
  });
  const lab: Lab = {
    ...{ quick, slow, state, values, editor, timer: undefined },
    controls: makeControls(facts, state.options, (some) => changeOptions(lab, some)),
    results: makeResults(values.element, (lines) => editor.markLines(lines, true)),
    findings: makeFindings(editor),
    status: makeStatus(slow.stop),
    command: element("code", { class: "command", title: "the command that does the same" }),
  };
  return lab;
}

function pageElements(lab: Lab, samples: readonly Sample[], host: HTMLElement): readonly HTMLElement[] {
  const { controls, findings, results, status, command } = lab;
  const sample = picker("sample", samples.map(sampleChoice), (name) => {
    const text = samples.find((each) => each.name === name)?.text;
    if (text !== undefined)
      load(lab, { text, options: { ...lab.state.options, dims: {}, graph: "", schedule: "" } }, "");
  });
  sample.select.value = samples.find(({ text }) => text === lab.state.text)?.name ?? "";
  const more = element("details", { class: "options" }, [element("summary", {}, ["sizes & machine"]), controls.more]);
  const head = element("header", {}, [
    element("h1", {}, ["tgc lab"]),
    ...[sample.label, ...controls.head, more],
    element("span", { class: "room" }),
    shareButton(lab),
    themeButton(),
  ]);
  const left = element("section", { class: "program", "aria-label": "program" }, [
    host,
    findings.element,
    status.element,
    command,
  ]);
  return [head, element("main", { class: "lab" }, [left, results.element])];
}

const sampleChoice = ({ name, text }: Sample) => ({ name, summary: /^\/\/ *(.*)/.exec(text)?.[1] ?? "" });

/** Puts the program as it is now into the address, which is copied where the browser lets the page do so. */
function shareButton(lab: Lab): HTMLElement {
  const { status } = lab;
  const button = element("button", { type: "button", title: "copy a link that holds program and options" }, ["Share"]);
  button.addEventListener("click", () => {
    if (!writeLink(lab.state)) return status.say("the program is too long for a link");
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => status.say("the link is copied"),
      () => status.say("the link is in the address bar"),
    );
  });
  return button;
}

/** Another address in the same page, such as one that was pasted. */
function followLink(lab: Lab): void {
  const { state, message } = readLink(location.hash, lab.state.text);
  if (message !== "" || JSON.stringify(state) !== JSON.stringify(lab.state)) load(lab, state, message);
}

const page = document.getElementById("page");
if (page !== null) void start(page);
