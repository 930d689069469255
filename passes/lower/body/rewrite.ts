// Rewrites the statements of one loop body by the table of fused forms.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { EngineCost } from "../../../ir-spec/cost.ts";
import type { TileNode, TileStatement } from "../../../ir-spec/tile.ts";
import { joinOrigins } from "../origins.ts";
import type { BodyBuilder } from "../program-builder.ts";
import type { BodyRule, Rewrite } from "./rule.ts";
import { bodyRules } from "./rules.ts";
import { accessesOf, type BodyUses, usesOf } from "./uses.ts";

export interface RewriteEnv {
  readonly builder: BodyBuilder;
  readonly engineCost: EngineCost;
}

type Statements = readonly TileStatement[];

/** A body with what is known of it, which holds until a rule applies. */
interface KnownBody {
  readonly body: Statements;
  readonly uses: BodyUses;
}

const knownBody = (body: Statements): KnownBody => ({ body, uses: usesOf(body) });

/** The body after every rule, each as often as it applies. */
export function rewriteBody(env: RewriteEnv, body: Statements): Statements {
  let current = knownBody(body);
  for (const [index, rule] of Object.values(bodyRules).entries()) {
    const next = untilNoneApplies(env, rule, current);
    // What no rule has changed has nothing more that is unread.
    if (next !== current || index === 0) current = withoutUnread(next);
  }
  return current.body;
}

/** Leaves out the statements whose results are the body's own and nothing reads; those of `bodyRules` leave some. */
function withoutUnread(known: KnownBody): KnownBody {
  const { isLocal, readersOf } = known.uses;
  const isUnread = (statement: TileStatement): boolean =>
    statement.kind === "op" &&
    accessesOf(statement).every(
      ([{ buffer }, role]) => role === "read" || (isLocal(buffer) && readersOf(buffer).length === 0),
    );
  const rest = known.body.filter((statement) => !isUnread(statement));
  return rest.length === known.body.length ? known : withoutUnread(knownBody(withAllocsAtUse(rest)));
}

/** Applies one rule until it applies nowhere. */
export function applyRule(env: RewriteEnv, rule: BodyRule, body: Statements): Statements {
  return untilNoneApplies(env, rule, knownBody(body)).body;
}

/** In each round, rewrites that share a statement or a buffer wait for the next one. */
function untilNoneApplies(env: RewriteEnv, rule: BodyRule, known: KnownBody): KnownBody {
  for (let current = known; ; ) {
    const next = oneRound(env, rule, current);
    if (next === current.body) return current;
    current = knownBody(next);
  }
}

function oneRound({ builder, engineCost }: RewriteEnv, rule: BodyRule, { body, uses }: KnownBody): Statements {
  const scope = { uses, builder, engineCost };
  const replace = new Map<TileNode, readonly TileNode[]>();
  const buffers: BufferId[] = [];
  const changed = new Set<BufferId>();
  for (const node of uses.nodes) {
    if (changed.size > 0 && touches(node, changed)) continue;
    const found = rule.rewrite(scope, node);
    if (found === undefined || [...found.replace.keys()].some((each) => touches(each, changed))) continue;
    noteWritten(found, changed);
    for (const [each, nodes] of withOrigins(found)) replace.set(each, nodes);
    buffers.push(...(found.buffers ?? []));
  }
  return replace.size === 0 ? body : withReplaced(body, replace, buffers);
}

function touches(node: TileNode, buffers: ReadonlySet<BufferId>): boolean {
  return Object.values(node.operands).some(({ buffer }) => buffers.has(buffer));
}

/** What stands in the place of a statement comes from where it came from, and from where those came from that are gone. */
function withOrigins({ replace }: Rewrite): Rewrite["replace"] {
  const gone = [...replace].flatMap(([node, nodes]) => (nodes.length === 0 ? [node.origin] : []));
  const entries = [...replace].map(([node, nodes]) => {
    const origin = joinOrigins([node.origin, ...gone]);
    return [node, origin.length === 0 ? nodes : nodes.map((each) => ({ ...each, origin }))] as const;
  });
  return new Map(entries);
}

/** Notes what the replaced statements write, and what those in their place do. */
function noteWritten({ replace }: Rewrite, changed: Set<BufferId>): void {
  for (const [node, nodes] of replace) {
    for (const each of [node, ...nodes]) {
      for (const [access, role] of accessesOf(each)) if (role !== "read") changed.add(access.buffer);
    }
  }
}

function withReplaced(
  body: Statements,
  replace: ReadonlyMap<TileNode, readonly TileNode[]>,
  buffers: readonly BufferId[],
): Statements {
  const allocs = buffers.map((buffer): TileStatement => ({ kind: "alloc", buffer }));
  const replaced = body.flatMap((statement): readonly TileStatement[] =>
    statement.kind === "op" ? (replace.get(statement) ?? [statement]) : [statement],
  );
  return withAllocsAtUse([...allocs, ...replaced]);
}

/** Each buffer before the first statement that names it; those that none names are left out. */
export function withAllocsAtUse(body: Statements): Statements {
  const waiting = new Set(body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  const allocsFor = (buffer: BufferId): readonly TileStatement[] =>
    waiting.delete(buffer) ? [{ kind: "alloc", buffer }] : [];
  return body.flatMap((statement): readonly TileStatement[] => {
    if (statement.kind === "alloc") return [];
    return [...buffersOf(statement).flatMap(allocsFor), statement];
  });
}

function buffersOf(statement: TileStatement): readonly BufferId[] {
  if (statement.kind === "alloc") return [];
  if (statement.kind === "loop") return statement.body.flatMap(buffersOf);
  return accessesOf(statement).map(([{ buffer }]) => buffer);
}
