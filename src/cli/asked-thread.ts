// A thread that answers questions one by one, in the order in which they are asked. It ends with what asks.

import { Worker } from "node:worker_threads";

export interface AskedThread<Question, Answer> {
  readonly ask: (question: Question) => Promise<Answer>;
  readonly end: () => Promise<void>;
}

/** Starts the thread; `what` is what messages call it where it fails, or ends by itself, which fails whatever is asked. */
export function startAskedThread<Question, Answer>(script: string, what: string): AskedThread<Question, Answer> {
  const worker = new Worker(script);
  const waiting: ((answer: Answer) => void)[] = [];
  const failure = new Promise<never>((_resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`${what} ended with exit code ${code}`)));
  });
  // It may fail before the first question, which then gets the reason, or after the last one.
  failure.catch(() => undefined);
  worker.on("message", (answer: Answer) => waiting.shift()?.(answer));
  return {
    ask(question) {
      const answer = new Promise<Answer>((resolve) => waiting.push(resolve));
      worker.postMessage(question);
      return Promise.race([answer, failure]);
    },
    async end() {
      await worker.terminate();
    },
  };
}
