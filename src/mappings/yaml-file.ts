// YAML files as trees whose nodes know their places. Nothing in them is trusted: sizes and depths are bounded, and names are looked up in
// nodes, never used as keys of objects.

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseAllDocuments } from "yaml";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Source, Span } from "../../ir-spec/base/span.ts";

/** Assumed: mappings have some kilobytes, the largest saved evaluations some hundred (characters). */
const maxCharacters = 4 * 1024 * 1024;

/** A node of a file. */
export interface YamlNode {
  readonly source: Source;
  readonly node: Node;
  /** Finds what an alias stands for. */
  readonly resolve: (node: Node) => Node | undefined;
}

/** The roots of a file's documents. */
export function parseYaml(source: Source): Result<readonly YamlNode[]> {
  const wrong = (why: string, span?: Span) =>
    fail([at(problem("E1602", { file: source.name, why: showName(why) }), span)]);
  if (source.text.length > maxCharacters) return wrong(`expected at most ${maxCharacters} characters`);
  try {
    const documents = parseAllDocuments(source.text, {
      prettyErrors: false,
      logLevel: "silent",
      lineCounter: new LineCounter(),
    });
    if (!Array.isArray(documents)) return ok([]);
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error !== undefined) {
      const [start, end] = error.pos;
      return wrong(error.message, { source, start, end: Math.max(end, start + 1) });
    }
    return ok(
      documents.flatMap((document) => {
        const { contents } = document as { readonly contents: ParsedNode | null };
        const resolve = (node: Node): Node | undefined => (isAlias(node) ? node.resolve(document) : node);
        return contents === null ? [] : [{ source, node: contents, resolve }];
      }),
    );
  } catch {
    // The parser recurses: what is nested ten thousand deep ends it.
    return wrong("it is nested too deeply");
  }
}

export function spanOf({ source, node }: YamlNode): Span {
  const [start = 0, end = start + 1] = node.range ?? [];
  return { source, start, end: Math.max(end, start) };
}

const follow = (from: YamlNode, node: unknown): YamlNode | undefined => {
  const found = from.resolve(node as Node);
  return found === undefined || found === null ? undefined : { ...from, node: found };
};

/** The entry of a map; undefined where there is none, or the node is no map. */
export function entryOf(from: YamlNode | undefined, key: string): YamlNode | undefined {
  if (from === undefined || !isMap(from.node)) return undefined;
  const pair = from.node.items.find((item) => isScalar(item.key) && item.key.value === key);
  return pair === undefined || pair.value === null ? undefined : follow(from, pair.value);
}

/** The entry that several keys lead to. */
export function entryAt(from: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  return keys.reduce((node: YamlNode | undefined, key) => entryOf(node, key), from);
}

/** The entries of a map in their order; empty where the node is no map. */
export function entriesOf(from: YamlNode | undefined): readonly (readonly [string, YamlNode])[] {
  if (from === undefined || !isMap(from.node)) return [];
  return from.node.items.flatMap(({ key, value }) => {
    const found = value === null ? undefined : follow(from, value);
    return found !== undefined && isScalar(key) ? [[String(key.value), found] as const] : [];
  });
}

/** The keys of a map, those without a value, too. */
export function keysOf({ node }: YamlNode): readonly string[] {
  return isMap(node) ? node.items.map(({ key }) => (isScalar(key) ? String(key.value) : "?")) : [];
}

/** The items of a list; undefined where the node is none. */
export function itemsOf(from: YamlNode | undefined): readonly YamlNode[] | undefined {
  if (from === undefined || !isSeq(from.node)) return undefined;
  return from.node.items.flatMap((item) => follow(from, item) ?? []);
}

/** The text of a scalar, numbers and truths as they print. */
export function textOf(from: YamlNode | undefined): string | undefined {
  if (from === undefined || !isScalar(from.node)) return undefined;
  const { value } = from.node;
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined;
}

/** The texts of a list of scalars, or of the words of one; undefined where the node is something else. */
export function wordsOf(from: YamlNode | undefined): readonly string[] | undefined {
  const text = textOf(from);
  if (text !== undefined) return text.split(/[\s,]+/).filter((word) => word !== "");
  const items = itemsOf(from)?.map(textOf);
  return items?.every((item) => item !== undefined) ? (items as readonly string[]) : undefined;
}

/** What a node is, for messages. */
export function describeNode({ node }: YamlNode): string {
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  return isScalar(node) ? `\`${showName(String(node.value)).slice(0, 60)}\`` : "nothing";
}
