// A small layout algebra: a document says where it may be broken, and is laid out within a width. A group is on one
// line if it fits, else all its own breaks are taken; groups inside decide for themselves. After Wadler 2003, "A prettier
// printer", without its union operator.

export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: "group"; readonly content: Doc }
  | { readonly kind: "indent"; readonly content: Doc }
  /** A break: `flat` where its group is on one line. */
  | { readonly kind: "line"; readonly flat: string }
  /** Text that is printed only where the group is broken. */
  | { readonly kind: "ifBroken"; readonly text: string };

const INDENT = 2;

export const line: Doc = { kind: "line", flat: " " };
export const softLine: Doc = { kind: "line", flat: "" };
export const trailingComma: Doc = { kind: "ifBroken", text: "," };

export function group(content: Doc): Doc {
  return { kind: "group", content };
}

export function indent(content: Doc): Doc {
  return { kind: "indent", content };
}

/** `(a, b)`, or one element on each line with a comma after the last; `inner` is the break next to the brackets. */
export function bracketed(open: string, items: readonly Doc[], close: string, inner: Doc = softLine): Doc {
  if (items.length === 0) return open + close;
  const separated = items.flatMap((item, index) => (index === 0 ? [item] : [",", line, item]));
  return group([open, indent([inner, separated]), trailingComma, inner, close]);
}

/** The text of a document on one line. */
export function flatText(doc: Doc): string {
  return layOutDoc(group(doc), 0, Number.POSITIVE_INFINITY);
}

interface Task {
  readonly doc: Doc;
  readonly indent: number;
  readonly isFlat: boolean;
}

/** Lays a document out; `column` is where it begins, which is also the indentation of its lines. */
export function layOutDoc(doc: Doc, column: number, width: number): string {
  let text = "";
  let used = column;
  const tasks: Task[] = [{ doc, indent: column, isFlat: false }];
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { doc: part, indent: depth, isFlat } = task;
    if (typeof part === "string") {
      text += part;
      used += part.length;
    } else if (isList(part)) {
      for (const item of part.toReversed()) tasks.push({ doc: item, indent: depth, isFlat });
    } else if (part.kind === "group") {
      const fits = isFlat || fitsIn(width - used, part.content, tasks);
      tasks.push({ doc: part.content, indent: depth, isFlat: fits });
    } else if (part.kind === "indent") {
      tasks.push({ doc: part.content, indent: depth + INDENT, isFlat });
    } else if (part.kind === "line" && !isFlat) {
      text += `\n${" ".repeat(depth)}`;
      used = depth;
    } else {
      const flat = breakText(part, isFlat);
      text += flat;
      used += flat.length;
    }
  }
  return text;
}

function isList(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc);
}

function breakText(part: Extract<Doc, { readonly kind: "line" | "ifBroken" }>, isFlat: boolean): string {
  if (part.kind === "line") return part.flat;
  return part.kind === "ifBroken" && isFlat ? "" : part.text;
}

/** True when `content`, flat, and what follows it up to the next break, are within `room` columns. */
function fitsIn(room: number, content: Doc, following: readonly Task[]): boolean {
  let left = room;
  const tasks: Task[] = [{ doc: content, indent: 0, isFlat: true }];
  let next = following.length;
  while (left >= 0) {
    const task = tasks.pop() ?? following[--next];
    if (task === undefined) return true;
    const { doc: part, isFlat } = task;
    if (typeof part === "string") left -= part.length;
    else if (isList(part)) for (const item of part.toReversed()) tasks.push({ ...task, doc: item });
    else if (part.kind === "group") tasks.push({ ...task, doc: part.content });
    else if (part.kind === "indent") tasks.push({ ...task, doc: part.content });
    else if (part.kind === "line" && !isFlat) return true;
    else left -= breakText(part, isFlat).length;
  }
  return false;
}
