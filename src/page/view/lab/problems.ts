// The list of diagnostics below the editor: place, message, hints, and a button for each fix.

import type { DiagnosticJson } from "../../../report/diagnostics.ts";
import { element, prose } from "../dom.ts";
import type { Editor } from "./editor.ts";

export interface ProblemActions {
  readonly goTo: (offset: number) => void;
  readonly applyFix: (fix: NonNullable<DiagnosticJson["fix"]>) => void;
}

/** More are not read before the first are fixed. */
const maxShown = 30;

function showProblems(host: HTMLElement, found: readonly DiagnosticJson[], actions: ProblemActions): void {
  const rows = found.slice(0, maxShown).map((each) => problemRow(each, actions));
  const rest = found.length - rows.length;
  const more = rest > 0 ? [element("li", { class: "note" }, [`and ${rest} more`])] : [];
  host.replaceChildren(...rows, ...more);
  host.hidden = found.length === 0;
}

function problemRow(found: DiagnosticJson, { goTo, applyFix }: ProblemActions): HTMLElement {
  const { code, severity, message, place, help, notes, fix } = found;
  const name = element("span", { class: "code-name" }, [code]);
  const row = element("li", { class: severity }, [name, " ", ...prose(message), " "]);
  if (place !== undefined) {
    row.append(button(`${place.start.line}:${place.start.column}`, "link", () => goTo(place.start.offset)));
  }
  const hints = [...notes.map(({ text }) => text), help].filter((text) => text !== "");
  for (const hint of hints) row.append(element("div", { class: "note" }, prose(hint)));
  if (fix !== undefined) row.append(button(fix.title, "fix", () => applyFix(fix)));
  return row;
}

function button(text: string, kind: string, act: () => void): HTMLElement {
  const made = element("button", { type: "button", class: kind }, [text]);
  made.addEventListener("click", act);
  return made;
}

/** What is wrong with the text or not used in it, and what the compilation found, which is shown where the text is right. */
interface Found {
  readonly text: readonly DiagnosticJson[];
  readonly compiled: readonly DiagnosticJson[];
}

export interface Findings {
  readonly element: HTMLElement;
  /** Shows the new part with the other one as it was. */
  readonly show: (some: Partial<Found>) => void;
}

/** Keeps the list and the marks in the editor. */
export function makeFindings(editor: ProblemActions & Pick<Editor, "showDiagnostics">): Findings {
  let found: Found = { text: [], compiled: [] };
  const list = element("ul", { class: "problems", "aria-label": "problems", hidden: "" });
  return {
    element: list,
    show: (some) => {
      found = { ...found, ...some };
      const isWrong = found.text.some(({ severity }) => severity === "error");
      const shown = isWrong ? found.text : [...found.compiled, ...found.text];
      showProblems(list, shown, editor);
      editor.showDiagnostics(shown);
    },
  };
}
