// The worker as the page sees it: a question at a time. A newer question replaces the one before it, and what takes too long is ended,
// with its worker.

import type { LabAnswer, LabQuestion, Numbered } from "../../../lab/lab-data.ts";

export interface LabClient {
  /** Gives the answer; undefined where a newer question was asked meanwhile, or the work was stopped. */
  readonly ask: (question: LabQuestion) => Promise<LabAnswer | undefined>;
  readonly stop: () => void;
}

/** How long an older question may keep a newer one waiting (ms). Assumed: a new worker takes about as long to start. */
const patienceMs = 700;

/** Changed in place. */
interface ClientState {
  worker: Worker;
  /** Questions that the worker has not answered yet. */
  open: number;
  waiting: { readonly id: number; readonly settle: (answer: LabAnswer | undefined) => void } | undefined;
}

export function makeClient(script: string): LabClient {
  const state: ClientState = { worker: new Worker(script), open: 0, waiting: undefined };
  let count = 0;
  const settle = (answer: LabAnswer | undefined): void => {
    const { waiting } = state;
    state.waiting = undefined;
    waiting?.settle(answer);
  };
  const listen = (worker: Worker): void => {
    worker.addEventListener("message", ({ data }: MessageEvent<Numbered<LabAnswer>>) => {
      state.open--;
      if (data.id === state.waiting?.id) settle(data);
    });
    worker.addEventListener("error", ({ message }) =>
      settle({ kind: "failed", message: message || "the worker ended" }),
    );
  };
  const restart = (): void => {
    state.worker.terminate();
    state.worker = new Worker(script);
    state.open = 0;
    listen(state.worker);
  };
  listen(state.worker);
  const post = (question: Numbered<LabQuestion>): void => {
    state.open++;
    state.worker.postMessage(question);
  };
  return {
    ask: (question) => {
      settle(undefined);
      const id = count++;
      return new Promise((resolve) => {
        state.waiting = { id, settle: resolve };
        post({ ...question, id });
        if (state.open === 1) return;
        setTimeout(() => {
          if (state.waiting?.id !== id || state.open === 1) return;
          restart();
          post({ ...question, id });
        }, patienceMs);
      });
    },
    stop: () => {
      restart();
      settle(undefined);
    },
  };
}
