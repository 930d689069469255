// The editor: CodeMirror with the language's colors, completions, words about ops, and diagnostics in their places.

import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, type Range, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { type Offer, offersAt, wordsAt } from "../../../lab/hints.ts";
import type { LabFacts } from "../../../lab/lab-data.ts";
import type { DiagnosticJson } from "../../../report/diagnostics.ts";
import { element, prose } from "../dom.ts";
import { editorTheme } from "./editor-theme.ts";
import { tgLanguage } from "./mode.ts";

export interface Editor {
  readonly text: () => string;
  readonly setText: (text: string) => void;
  readonly showDiagnostics: (found: readonly DiagnosticJson[]) => void;
  /** Marks lines and, where none of them is in view, scrolls to the first. */
  readonly markLines: (lines: readonly number[], isScrolled: boolean) => void;
  readonly goTo: (offset: number) => void;
  readonly applyFix: (fix: NonNullable<DiagnosticJson["fix"]>) => void;
}

export interface EditorEvents {
  readonly onChange: (text: string) => void;
  /** Called with the line, from 1, to which the reader goes. */
  readonly onLine: (line: number) => void;
  readonly onRun: () => void;
}

const setMarked = StateEffect.define<readonly number[]>();

const markedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (before, { effects, changes, state }) => {
    const asked = effects.find((effect) => effect.is(setMarked));
    if (asked === undefined) return before.map(changes);
    const lines = (asked.value as readonly number[]).filter((line) => line >= 1 && line <= state.doc.lines);
    const ranges = [...lines]
      .sort((a, b) => a - b)
      .map((line): Range<Decoration> => {
        return Decoration.line({ class: "cm-marked" }).range(state.doc.line(line).from);
      });
    return Decoration.set(ranges);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The editor has a tree of its own, as its styles are then made by a way that a strict policy allows. */
export function makeEditor(host: HTMLElement, text: string, facts: LabFacts, events: EditorEvents): Editor {
  const root = host.attachShadow({ mode: "open" });
  const extensions = [basics(events), tgLanguage(facts), hints(facts), markedLines, editorTheme];
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: text, extensions }) });
  const clamp = (offset: number): number => Math.min(Math.max(0, offset), view.state.doc.length);
  return {
    text: () => view.state.doc.toString(),
    setText: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    showDiagnostics: (found) => {
      view.dispatch(
        setDiagnostics(
          view.state,
          found.flatMap((each) => lintOf(each, clamp) ?? []),
        ),
      );
    },
    markLines: (lines, isScrolled) => {
      const first = lines.find((line) => line >= 1 && line <= view.state.doc.lines);
      const scroll =
        first !== undefined && isScrolled ? [EditorView.scrollIntoView(view.state.doc.line(first).from)] : [];
      view.dispatch({ effects: [setMarked.of(lines), ...scroll] });
    },
    goTo: (offset) => {
      view.dispatch({ selection: { anchor: clamp(offset) }, scrollIntoView: true });
      view.focus();
    },
    applyFix: (fix) => applyFix(view, fix),
  };
}

function basics({ onChange, onLine, onRun }: EditorEvents): Extension {
  const run = (): boolean => {
    onRun();
    return true;
  };
  return [
    keymap.of([{ key: "Mod-Enter", run }]),
    [lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), drawSelection(), lintGutter()],
    [history(), indentOnInput(), bracketMatching(), closeBrackets(), highlightSelectionMatches()],
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap]),
    keymap.of([...completionKeymap, ...lintKeymap]),
    EditorView.contentAttributes.of({ "aria-label": "program", spellcheck: "false" }),
    EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
      if (docChanged) onChange(state.doc.toString());
      else if (selectionSet) onLine(state.doc.lineAt(state.selection.main.head).number);
    }),
  ];
}

function hints(facts: LabFacts): Extension {
  return [
    autocompletion({ override: [(context) => completionsOf(context, facts)], icons: false }),
    hoverTooltip((view, place) => {
      const words = wordsAt(view.state.doc.toString(), place, facts);
      if (words === undefined) return null;
      return {
        pos: words.from,
        end: words.to,
        above: true,
        create: () => ({ dom: wordsElement(words.title, words.text) }),
      };
    }),
  ];
}

const typeOf: Readonly<Record<Offer["kind"], string>> = {
  ...{ op: "function", attr: "property", value: "enum", dtype: "type", name: "variable", keyword: "keyword" },
};

function completionsOf(context: CompletionContext, facts: LabFacts): CompletionResult | null {
  const found = offersAt(context.state.doc.toString(), context.pos, facts);
  if (found === undefined || (!context.explicit && found.from === context.pos)) return null;
  const options = found.offers.map(({ label, kind, detail, info, apply }): Completion => {
    const boost = kind === "attr" || kind === "value" ? 2 : kind === "keyword" ? -1 : 0;
    return { label, apply, boost, detail, type: typeOf[kind], ...(info === "" ? {} : { info }) };
  });
  return { from: found.from, options, validFor: /^"?\w*$/ };
}

function wordsElement(title: string, text: string): HTMLElement {
  return element("div", { class: "cm-words" }, [element("b", {}, [title]), ...proseLines(text.split("\n"))]);
}

const proseLines = (lines: readonly string[]): readonly HTMLElement[] =>
  lines.map((line) => element("div", {}, prose(line)));

function lintOf(found: DiagnosticJson, clamp: (offset: number) => number): Diagnostic | undefined {
  const { place, code, message, help, notes, fix } = found;
  if (place === undefined) return undefined;
  const from = clamp(place.start.offset);
  const lines = [`${message} (${code})`, ...notes.map(({ text }) => text), help].filter((line) => line !== "");
  const action = fix && { name: fix.title, apply: (view: EditorView) => applyFix(view, fix) };
  return {
    ...{ from, to: Math.max(from, clamp(place.end.offset)), severity: found.severity, message: lines.join("\n") },
    renderMessage: () => element("div", {}, proseLines(lines)),
    ...(action && { actions: [action] }),
  };
}

function applyFix(view: EditorView, { place, replacement }: NonNullable<DiagnosticJson["fix"]>): void {
  const { length } = view.state.doc;
  const [from, to] = [Math.min(place.start.offset, length), Math.min(place.end.offset, length)];
  view.dispatch({ changes: { from, to, insert: replacement }, selection: { anchor: from + replacement.length } });
  view.focus();
}
