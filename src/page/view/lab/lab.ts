// What happens between the lab's parts: what is typed is diagnosed at once and compiled when the typing stops.

import { commandLine } from "../../../lab/command-line.ts";
import type { LabAnswer, LabOptions, LabQuestion, LabState } from "../../../lab/lab-data.ts";
import type { LabClient } from "./client.ts";
import type { Controls } from "./controls.ts";
import type { Editor } from "./editor.ts";
import { writeLink } from "./link.ts";
import type { Findings } from "./problems.ts";
import type { Results } from "./results.ts";
import type { Status } from "./status.ts";
import type { Values } from "./values.ts";

/** The parts of the page, and the program that they show, which is changed in place. */
export interface Lab {
  /** Two workers: one answers quickly what is wrong with a text, the other does what takes longer. */
  readonly quick: LabClient;
  readonly slow: LabClient;
  readonly editor: Editor;
  readonly controls: Controls;
  readonly results: Results;
  readonly values: Values;
  readonly findings: Findings;
  readonly status: Status;
  readonly command: HTMLElement;
  state: LabState;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** From the last key to the compilation (ms). Assumed: a pause in typing. */
const pauseMs = 350;

export function changeText(lab: Lab, text: string): void {
  change(lab, { ...lab.state, text });
}

export function changeOptions(lab: Lab, some: Partial<LabOptions>): void {
  change(lab, { ...lab.state, options: { ...lab.state.options, ...some } });
}

/** Shows another program, and a message where it is not the one that was asked for. */
export function load(lab: Lab, state: LabState, message: string): void {
  lab.controls.show(state.options);
  lab.state = state;
  // Another text in the editor is a change by itself.
  if (lab.editor.text() === state.text) change(lab, state);
  else lab.editor.setText(state.text);
  lab.status.warn(message);
}

function change(lab: Lab, state: LabState): void {
  lab.state = state;
  lab.findings.show({ compiled: [] });
  void diagnose(lab);
  clearTimeout(lab.timer);
  lab.timer = setTimeout(() => void compile(lab), pauseMs);
}

async function diagnose(lab: Lab): Promise<void> {
  const answer = await lab.quick.ask({ kind: "diagnose", state: lab.state });
  if (answer?.kind !== "diagnosed") return showAnswer(lab, answer);
  lab.findings.show({ text: answer.diagnostics });
  lab.controls.offer(answer.parts);
}

async function compile(lab: Lab): Promise<void> {
  const { state } = lab;
  writeLink(state);
  lab.command.textContent = commandLine("profile", state.options);
  await ask(lab, "compiling", { kind: "compile", state });
}

export async function runOrCheck(lab: Lab, kind: "run" | "check"): Promise<void> {
  const { state, values } = lab;
  const { on, seed } = values.asked();
  lab.results.open("values");
  values.showWords(kind === "run" ? "Running ..." : "Comparing the executors with the reference ...");
  const isRun = kind === "run";
  const question: LabQuestion = isRun ? { kind: "run", state, on, seed } : { kind: "check", state, seed };
  const answer = await ask(lab, isRun ? "running" : "checking", question);
  const isDone = answer?.kind === "ran" || answer?.kind === "checked";
  if (!isDone) values.showWords("There is no result. Where the program is wrong, the list below it says why.");
}

async function ask(lab: Lab, words: string, question: LabQuestion): Promise<LabAnswer | undefined> {
  lab.status.begin(words);
  const answer = await lab.slow.ask(question);
  if (answer === undefined) return undefined;
  lab.status.end(answer);
  showAnswer(lab, answer);
  return answer;
}

function showAnswer({ findings, results, values }: Lab, answer: LabAnswer | undefined): void {
  if (answer?.kind === "wrong") findings.show({ compiled: answer.diagnostics });
  if (answer?.kind === "ran") values.showRun(answer.values);
  if (answer?.kind === "checked") values.showCheck(answer.verdict);
  if (answer?.kind !== "compiled") return;
  findings.show({ compiled: [] });
  results.show(answer.program);
}
