// How the editor looks: in the colors of the page, which the tree of the editor inherits by their names.

import { EditorView } from "@codemirror/view";

const box = { background: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px" };

export const editorTheme = EditorView.theme({
  "&": { height: "100%", background: "var(--panel)", color: "var(--text)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "ui-monospace, Menlo, Consolas, monospace", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selection)",
  },
  ".cm-gutters": { background: "var(--panel)", color: "var(--muted)", border: "none" },
  ".cm-activeLine": { background: "var(--active-line)" },
  ".cm-activeLineGutter": { background: "var(--active-line)", color: "var(--text)" },
  ".cm-marked, .cm-marked.cm-activeLine": { background: "var(--marked)" },
  ".cm-selectionMatch": { background: "var(--selection)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--selection)", outline: "1px solid var(--accent)" },
  ".cm-tooltip": { ...box, boxShadow: "0 4px 14px rgb(0 0 0 / 18%)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "ui-monospace, Menlo, Consolas, monospace",
    maxHeight: "16em",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent)",
    color: "var(--panel)",
  },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionInfo": { padding: "6px 10px" },
  ".cm-words": { padding: "6px 10px", maxWidth: "460px", fontSize: "12px", lineHeight: "1.5" },
  ".cm-words b, .cm-words code": { fontFamily: "ui-monospace, Menlo, Consolas, monospace" },
  ".cm-diagnostic": { borderLeftColor: "var(--more)", whiteSpace: "pre-wrap", maxWidth: "520px", padding: "6px 10px" },
  ".cm-diagnosticAction": {
    background: "var(--accent)",
    color: "var(--panel)",
    borderRadius: "4px",
    margin: "0 0 0 8px",
  },
  ".cm-panels": { background: "var(--panel)", color: "var(--text)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel input, .cm-panel button": { ...box, backgroundImage: "none" },
  ".cm-searchMatch": { background: "var(--marked)" },
});
