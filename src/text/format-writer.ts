// Writes lines for the formatter and puts every comment where it belongs: after the code that it stood after, else on a
// line of its own before what follows it. Keeps single empty lines.

import type { Span } from "../../ir-spec/base/span.ts";
import type { AstModule } from "./ast.ts";
import { type Doc, layOutDoc } from "./format-doc.ts";

const LINE_WIDTH = 120;
const INDENT = 2;

export interface Writer {
  /** Writes a document on lines of its own; `span` is what it was made of. */
  readonly write: (doc: Doc, span: Span) => void;
  /** Writes a document that ends in an opening bracket; what follows is indented. `end` is after the bracket. */
  readonly open: (doc: Doc, span: Span, end: number) => void;
  /** Indents what follows, after a line that closes one bracket and opens the next. */
  readonly indent: () => void;
  /** Writes what closes the innermost bracket; `end` is where that ended in the source. */
  readonly close: (doc: Doc, end: number) => void;
  /** Asks for an empty line before what is written next. */
  readonly separate: () => void;
  readonly hasComments: (start: number, end: number) => boolean;
  /** One past the next opening brace of the source, comments aside. */
  readonly afterBrace: (offset: number) => number;
  /** The whole text, with the comments that are left. */
  readonly finish: () => string;
}

/** The index of the first comment that begins at an offset or after it; comments are in the order of the text. */
function firstFrom(comments: readonly Span[], offset: number): number {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle] as Span).start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function makeWriter({ source, comments }: AstModule): Writer {
  const { text } = source;
  const lines: string[] = [];
  let nextComment = 0;
  let depth = 0;
  let lastEnd = 0;
  let isFirst = true;
  let wantsGap = false;

  const put = (content: string): void => {
    lines.push(content);
    isFirst = false;
    wantsGap = false;
  };
  const gap = (start: number): void => {
    const hasEmptyLine = /\n\s*\n/.test(text.slice(lastEnd, Math.max(lastEnd, start)));
    if (!isFirst && (wantsGap || hasEmptyLine)) put("");
  };
  const indented = (doc: Doc): string => {
    const column = depth * INDENT;
    return " ".repeat(column) + layOutDoc(doc, column, LINE_WIDTH);
  };
  const ownLine = ({ start, end }: Span): void => {
    put(indented(text.slice(start, end).trimEnd()));
    lastEnd = Math.max(lastEnd, end);
  };
  const takeComments = (end: number, visit: (comment: Span) => void): void => {
    for (
      let comment = comments[nextComment];
      comment !== undefined && comment.start < end;
      comment = comments[nextComment]
    ) {
      nextComment += 1;
      visit(comment);
    }
  };
  const leading = (start: number): void => {
    takeComments(start, (comment) => {
      gap(comment.start);
      ownLine(comment);
    });
    gap(start);
  };
  const trailing = (end: number): string => {
    lastEnd = Math.max(lastEnd, end);
    const comment = comments[nextComment];
    if (comment === undefined || !/^[ \t,;]*$/.test(text.slice(end, comment.start))) return "";
    nextComment += 1;
    lastEnd = comment.end;
    return ` ${text.slice(comment.start, comment.end).trimEnd()}`;
  };
  const write = (doc: Doc, start: number, end: number): void => {
    leading(start);
    takeComments(end, ownLine);
    put(indented(doc) + trailing(end));
  };
  const indent = (): void => {
    depth += 1;
    isFirst = true;
  };

  return {
    write: (doc, span) => write(doc, span.start, span.end),
    open: (doc, span, end) => {
      write(doc, span.start, end);
      indent();
    },
    indent,
    close: (doc, end) => {
      takeComments(end, (comment) => {
        gap(comment.start);
        ownLine(comment);
      });
      depth -= 1;
      put(indented(doc) + trailing(end));
    },
    separate: () => {
      wantsGap = true;
    },
    hasComments: (start, end) => (comments[firstFrom(comments, start)]?.start ?? end) < end,
    afterBrace: (offset) => {
      let brace = text.indexOf("{", offset);
      let around = comments[firstFrom(comments, brace + 1) - 1];
      while (brace >= 0 && around !== undefined && brace < around.end) {
        brace = text.indexOf("{", around.end);
        around = comments[firstFrom(comments, brace + 1) - 1];
      }
      return brace + 1;
    },
    finish: () => {
      leading(text.length);
      while (lines.at(-1) === "") lines.pop();
      return lines.map((written) => `${written}\n`).join("");
    },
  };
}
