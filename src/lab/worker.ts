// The lab's worker: answers the page's questions one after the other, away from the thread in which people type.

import { openGpu } from "../browser.ts";
import type { LabAnswer, LabQuestion, Numbered } from "./lab-data.ts";
import { answerQuestion, failedAnswer } from "./work.ts";

/** The part of a worker's own scope that is used here. */
interface WorkerScope {
  readonly postMessage: (message: Numbered<LabAnswer>) => void;
  readonly addEventListener: (
    type: "message",
    listen: (event: { readonly data: Numbered<LabQuestion> }) => void,
  ) => void;
}

const scope = globalThis as unknown as WorkerScope;
const gpu = openGpu();

scope.addEventListener("message", ({ data: question }) => {
  const answer = answerQuestion(question, gpu).catch(failedAnswer);
  void answer.then((found) => scope.postMessage({ ...found, id: question.id }));
});
