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

function fill(made: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
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
