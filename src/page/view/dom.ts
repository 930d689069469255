// Small helpers to make elements. Texts are set as texts, never as markup: names come from files.

type Child = Node | string;
type Attributes = Readonly<Record<string, string | number>>;

const svgNamespace = "http://www.w3.org/2000/svg";

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(svgNamespace, tag);
  fill(made, attributes, children);
  return made;
}

function fill(made: HTMLElement | SVGElement, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    // A policy that forbids styles in markup forbids the attribute, too.
    if (name === "style") made.style.cssText = String(value);
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
}

/** Whether a key is part of a text that somebody types. */
function isTyped(event: KeyboardEvent): boolean {
  const [first] = event.composedPath();
  const isField = first instanceof HTMLInputElement || first instanceof HTMLSelectElement;
  return isField || (first instanceof HTMLElement && (first.isContentEditable || first instanceof HTMLTextAreaElement));
}

/** Listens to keys that are not typed into a text, wherever the focus is, for as long as `owner` is in the page. */
export function listenToPageKeys(owner: Element, listen: (event: KeyboardEvent) => void): void {
  let wasShown = false;
  const listener = (event: KeyboardEvent): void => {
    if (wasShown && !owner.isConnected) document.removeEventListener("keydown", listener);
    else if (!isTyped(event) && !event.ctrlKey && !event.metaKey && !event.altKey) listen(event);
    wasShown = wasShown || owner.isConnected;
  };
  document.addEventListener("keydown", listener);
}

/** Text in which what is between backquotes is code. */
export function prose(text: string): readonly Child[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, [part]) : part));
}

/** A tooltip of the browser for an element of a drawing. */
export function titled<E extends SVGElement>(made: E, text: string): E {
  made.append(svg("title", {}, [text]));
  return made;
}

export function table(headings: readonly string[], rows: readonly (readonly Child[])[]): HTMLTableElement {
  const head = element(
    "tr",
    {},
    headings.map((heading) => element("th", { scope: "col" }, [heading])),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      row.map((cell) => element("td", {}, [cell])),
    ),
  );
  return element("table", {}, [element("thead", {}, [head]), element("tbody", {}, body)]);
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly content: readonly Child[];
  /** A line that says how to read it. */
  readonly note?: string;
}

export function panelElement({ id, title, content, note }: Panel): HTMLElement {
  const head = element("h2", {}, [title]);
  const help = note === undefined ? [] : [element("p", { class: "note" }, [note])];
  return element("section", { id, class: "panel", tabindex: -1 }, [head, ...help, ...content]);
}

/** The color of a kernel or unit by its index: hues far apart, the same in every panel. */
export function colorOf(index: number): string {
  return `hsl(${(index * 137.508 + 210) % 360} var(--mark-saturation) var(--mark-lightness))`;
}
