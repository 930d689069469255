// Who writes and who reads each buffer of one loop body, for rewrites of its statements.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import {
  type Access,
  type AccessDim,
  namedAccesses,
  type TileNode,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";

export interface BodyUses {
  /** The body's own statements, in order; those of loops inside of it count as writers and readers alone. */
  readonly nodes: readonly TileNode[];
  /** Whether a statement is one of them. */
  readonly isOwn: (node: TileNode) => boolean;
  /** Buffers that each iteration has its own instance of. */
  readonly isLocal: (buffer: BufferId) => boolean;
  readonly writersOf: (buffer: BufferId) => readonly TileNode[];
  readonly readersOf: (buffer: BufferId) => readonly TileNode[];
  /** The statement whose result an access is: the only one that writes its buffer, in the same shape. */
  readonly definition: (access: Access | undefined) => TileNode | undefined;
}

export function usesOf(body: readonly TileStatement[]): BodyUses {
  const nodes: TileNode[] = [];
  const local = new Set<BufferId>();
  const writers = new Map<BufferId, TileNode[]>();
  const readers = new Map<BufferId, TileNode[]>();
  const visit = (statements: readonly TileStatement[], isOwn: boolean): void => {
    for (const statement of statements) {
      if (statement.kind === "alloc") local.add(statement.buffer);
      else if (statement.kind === "loop") visit(statement.body, false);
      else {
        if (isOwn) nodes.push(statement);
        for (const [access, role] of accessesOf(statement)) {
          if (role !== "read") addTo(writers, access.buffer, statement);
          if (role !== "write") addTo(readers, access.buffer, statement);
        }
      }
    }
  };
  visit(body, true);
  const own = new Set(nodes);
  const writersOf = (buffer: BufferId): readonly TileNode[] => writers.get(buffer) ?? [];
  return {
    nodes,
    isOwn: (node) => own.has(node),
    isLocal: (buffer) => local.has(buffer),
    writersOf,
    readersOf: (buffer) => readers.get(buffer) ?? [],
    definition: (access) => {
      if (access === undefined || !local.has(access.buffer)) return undefined;
      const [writer, ...others] = writersOf(access.buffer);
      if (writer === undefined || others.length > 0 || !own.has(writer)) return undefined;
      const isSame = accessesOf(writer).some(([found, role]) => role === "write" && isSameAccess(found, access));
      return isSame ? writer : undefined;
    },
  };
}

function addTo(map: Map<BufferId, TileNode[]>, buffer: BufferId, node: TileNode): void {
  const list = map.get(buffer) ?? [];
  if (list.at(-1) !== node) list.push(node);
  map.set(buffer, list);
}

type Role = "read" | "write" | "modify";

type RoleAccess = readonly [access: Access, role: Role];

/** What was found for a statement, which never changes: rules ask for it again and again. */
const knownAccesses = new WeakMap<TileNode, readonly RoleAccess[]>();

/** The operands that a statement has, in the order of its row; what is added to is read as well. */
export function accessesOf(node: TileNode): readonly RoleAccess[] {
  const known = knownAccesses.get(node);
  if (known !== undefined) return known;
  const accesses = namedAccesses(node);
  const found: RoleAccess[] = [];
  for (const { name, role } of tileOpDef(node.op).operands) {
    const access = accesses[name];
    if (access === undefined) continue;
    const isAddedTo = role === "write" && node.accumulate !== undefined && node.accumulate !== false;
    found.push([access, isAddedTo ? "modify" : role]);
  }
  knownAccesses.set(node, found);
  return found;
}

export function isSameAccess(a: Access, b: Access): boolean {
  const isSameShape = a.dims.length === b.dims.length && a.dims.every((dim, at) => isSameDim(dim, b.dims[at]));
  const arePartitionsSame = a.partition.start === b.partition.start && a.partition.stride === b.partition.stride;
  return (
    a.buffer === b.buffer &&
    isSameShape &&
    arePartitionsSame &&
    isSamePart(a.partition.size, b.partition.size) &&
    isSamePart(a.offset, b.offset)
  );
}

function isSameDim(a: AccessDim, b: AccessDim | undefined): boolean {
  return b !== undefined && a.stride === b.stride && isSamePart(a.size, b.size);
}

/** Affine numbers and sizes have few parts, in one order. */
function isSamePart(a: Access["offset"] | AccessDim["size"], b: typeof a): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Elements of each partition that an access covers, borders counting as whole tiles. */
export function widthOf({ dims }: Access): number {
  let width = 1;
  for (const { size } of dims) width *= size.max;
  return width;
}
