// The line that says what is being done, what came out of it, and how it can be stopped.

import { formatNs } from "../../../../ir-spec/base/format-numbers.ts";
import type { LabAnswer } from "../../../lab/lab-data.ts";
import { element, prose } from "../dom.ts";

export interface Status {
  readonly element: HTMLElement;
  readonly begin: (words: string) => void;
  readonly end: (answer: LabAnswer) => void;
  readonly say: (text: string) => void;
  /** Shows what is wrong with more than the program, until the reader closes it; nothing for an empty text. */
  readonly warn: (text: string) => void;
}

export function makeStatus(onStop: () => void): Status {
  const words = element("span", { class: "words", role: "status" });
  const stop = element("button", { type: "button", class: "stop", hidden: "" }, ["stop"]);
  const warning = element("p", { class: "warning", role: "alert", hidden: "" });
  let beganMs = 0;
  const say = (text: string): void => {
    words.replaceChildren(...prose(text));
    stop.hidden = true;
  };
  stop.addEventListener("click", () => {
    onStop();
    say("stopped");
  });
  warning.addEventListener("click", () => {
    warning.hidden = true;
  });
  return {
    element: element("div", { class: "status" }, [warning, words, stop]),
    say,
    begin: (what) => {
      beganMs = performance.now();
      say(`${what} ...`);
      stop.hidden = false;
    },
    end: (answer) => {
      const tookMs = Math.max(1, Math.round(performance.now() - beganMs));
      say(`${outcomeOf(answer)}, in ${formatNs(tookMs * 1e6)}`);
    },
    warn: (text) => {
      warning.replaceChildren(...prose(text));
      warning.hidden = text === "";
    },
  };
}

function outcomeOf(answer: LabAnswer): string {
  switch (answer.kind) {
    case "compiled": {
      const { report } = answer.program;
      return report === undefined ? "compiled" : `compiled: ${formatNs(report.timeNs)} on ${report.target}`;
    }
    case "wrong":
      return answer.diagnostics.length === 1 ? "1 error" : `${answer.diagnostics.length} errors`;
    case "ran":
      return "ran";
    case "checked":
      return answer.verdict.agree ? "checked: all executors agree" : "checked: executors differ";
    case "failed":
      return `failed: ${answer.message}`;
    case "facts":
    case "diagnosed":
      return answer.kind;
    default:
      return answer satisfies never;
  }
}
