// Loads of overlapping or interleaved parts of rows become one load of all that lies between them, which the statements read in place:
// shifted slices of a convolution are loaded once, and every second element in one run, not in a descriptor of its own.
//
//     a <- x[0; 64:1], b <- x[1; 64:1]     ->     u <- x[0; 65:1]; a, b are u[0; 64:1], u[1; 64:1]

import { addAffine, constant } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { StepCost } from "../../../ir-spec/cost.ts";
import { type Access, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { joinOrigins } from "../origins.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { dimsText, isWithoutWriters, type Transfer, transferOf } from "./merge-transfers.ts";
import { withAllocsAtUse } from "./rewrite.ts";
import { usesOf, widthOf } from "./uses.ts";

export interface CoverEnv {
  readonly builder: BodyBuilder;
  readonly stepCost: StepCost;
}

type Statements = readonly TileStatement[];

/** How many times as many elements as its parts have a load may bring. Assumed: room on chip is for more tiles in flight, too. */
const maxShare = 2.5;

export function coverLoads(env: CoverEnv, body: Statements): Statements {
  const uses = usesOf(body);
  const found = uses.nodes.flatMap((node) => transferOf(env.builder, uses, node, "load"));
  const isRead = ({ chip, hbm }: Transfer): boolean =>
    uses.writersOf(chip.buffer).length === 1 && isWithoutWriters(uses, hbm.buffer);
  const groups = new Map<string, Transfer[]>();
  for (const load of found.filter(isRead)) {
    const key = keyOf(env.builder, load);
    groups.set(key, [...(groups.get(key) ?? []), load]);
  }
  const covered = [...groups.values()].reduce((current, group) => coverGroup(env, current, group), body);
  return covered === body ? body : withAllocsAtUse(covered);
}

/** What loads of one tensor have in common that differ by a distance alone. */
function keyOf(builder: BodyBuilder, { hbm, chip }: Transfer): string {
  const { buffer, partition, dims, offset } = hbm;
  const { dtype } = builder.bufferInfo(chip.buffer);
  const rows = `${partition.stride} ${JSON.stringify(partition.size)}`;
  return [buffer, dtype, rows, dimsText(dims), dimsText(chip.dims), JSON.stringify(offset.terms)].join(" ");
}

function coverGroup(env: CoverEnv, body: Statements, loads: readonly Transfer[]): Statements {
  const { builder, stepCost } = env;
  const [first] = loads as readonly [Transfer];
  const starts = loads.map(({ hbm }) => hbm.offset.constant);
  const start = Math.min(...starts);
  const span = first.hbm.dims.reduce((sum, { stride, size }) => sum + stride * (size.max - 1), 1);
  const columns = Math.max(...starts) - start + span;
  const isDense = columns <= maxShare * loads.length * widthOf(first.chip);
  if (!isDense || first.hbm.dims.some(({ stride }) => stride <= 0)) return body;
  const info = builder.bufferInfo(first.chip.buffer);
  const slots = Math.max(...loads.map(({ chip }) => builder.bufferInfo(chip.buffer).slots));
  const buffer = builder.buffer({ ...info, shape: [info.shape[0] ?? 1, columns], slots });
  const all = [{ stride: 1, size: { max: columns } }];
  const hbm: Access = { ...first.hbm, offset: { ...first.hbm.offset, constant: start }, dims: all };
  const chip: Access = { ...first.chip, buffer, dims: all };
  const origin = joinOrigins(loads.map(({ node }) => node.origin));
  const whole: TileNode = {
    ...first.node,
    operands: { dst: chip, src: hbm },
    ...(origin.length === 0 ? {} : { origin }),
  };
  const busyNs = (node: TileNode): number => stepCost(node, builder.bufferInfo).busyNs;
  const partsNs = loads.reduce((sum, { node }) => sum + busyNs(node), 0);
  if (busyNs(whole) >= partsNs) return body;
  return withCover(body, loads, { whole, buffer, start });
}

interface Cover {
  readonly whole: TileNode;
  readonly buffer: BufferId;
  /** Where it begins in the tensor, but for the loops around it. */
  readonly start: number;
}

/** The body in which all statements read the parts where they lie in the whole, as the tensor has them. */
function withCover(body: Statements, loads: readonly Transfer[], { whole, buffer, start }: Cover): Statements {
  const loadOf = new Map(loads.map((load) => [load.chip.buffer, load]));
  const placed = (access: Access): Access => {
    const load = loadOf.get(access.buffer);
    if (load === undefined) return access;
    const distance = constant(load.hbm.offset.constant - start);
    // A statement may read the whole part as one run, which it is no more.
    const isRun = access.dims.length === 1 && load.hbm.dims.length > 1 && widthOf(access) === widthOf(load.chip);
    const sizes = isRun ? load.hbm.dims : access.dims;
    const dims = sizes.map(({ size }, dim) => ({ stride: load.hbm.dims[dim]?.stride ?? 1, size }));
    return { ...access, buffer, offset: addAffine(access.offset, distance), dims };
  };
  const nodes: readonly TileStatement[] = loads.map(({ node }) => node);
  const kept = body.findIndex((statement) => nodes.includes(statement));
  const replaced = body.flatMap((statement, at): Statements => {
    if (at === kept) return [whole];
    if (nodes.includes(statement)) return [];
    return [statement.kind === "op" ? withAccesses(statement, placed) : statement];
  });
  return [{ kind: "alloc", buffer }, ...replaced];
}
