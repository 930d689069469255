// Sizes of the operands of a tile op: within their buffers, and in agreement with one another, in every iteration.

import type { Affine, Extent } from "./affine.ts";
import { type Problem, problem } from "./base/result.ts";
import { elementCount } from "./base/tensor.ts";
import { type Access, freeElements, namedAccesses, type TileBuffer, type TileNode, type TileProgram } from "./tile.ts";
import { type Domain, evalProduct, findIteration, isSmall, productKey } from "./tile-domain.ts";
import { tileOpDef } from "./tile-ops/index.ts";
import { findOutside, type Reach } from "./tile-reach.ts";
import { findUnequal } from "./unequal-sizes.ts";

/** Every operand stays within its buffer. */
export function verifyBounds(program: TileProgram, domain: Domain, where: string, node: TileNode): Problem[] {
  return Object.entries(node.operands).flatMap(([operand, access]) => {
    const buffer = program.buffers[access.buffer];
    if (buffer === undefined) return [];
    return reachesOf(access, buffer).flatMap((reach) => {
      const outside = findOutside(reach, domain);
      if (outside === undefined) return [];
      const { what, limit } = reach;
      const found = `${what} ${outside}`;
      return [problem("E0631", { where, operand, found, buffer: buffer.name, expected: `0 to ${limit - 1}` })];
    });
  });
}

function reachesOf({ offset, partition, dims }: Access, buffer: TileBuffer): Reach[] {
  const sizes = [partition.size, ...dims.map(({ size }) => size)];
  if (buffer.memory === "hbm") {
    const all = [{ stride: partition.stride, size: partition.size }, ...dims];
    return [{ start: offset, dims: all, limit: elementCount(buffer.shape), what: "element", sizes }];
  }
  const first: Affine = { constant: partition.start, terms: [] };
  const rows = [{ stride: 1, size: partition.size }];
  return [
    { start: first, dims: rows, limit: buffer.shape[0] ?? 0, what: "partition", sizes },
    { start: offset, dims, limit: freeElements(buffer), what: "element", sizes },
  ];
}

/** The sizes of one side of an operand. */
interface Side {
  readonly operand: string;
  readonly what: "rows" | "elements";
  readonly sizes: readonly Extent[];
}

/** Sides with the same letter in the op's row have the same size; of one with two letters each counts, as of a product. */
export function verifyShapes(domain: Domain, where: string, node: TileNode): Problem[] {
  const first = new Map<string, Side>([["1", { operand: "one element", what: "elements", sizes: [] }]]);
  const accesses = namedAccesses(node);
  const problems: Problem[] = [];
  const products: { readonly letters: readonly string[]; readonly side: Side }[] = [];
  for (const { name, shape } of tileOpDef(node.op).operands) {
    const access = accesses[name];
    if (access === undefined) continue;
    const rows: Side = { operand: name, what: "rows", sizes: [access.partition.size] };
    const elements: Side = { operand: name, what: "elements", sizes: access.dims.map(({ size }) => size) };
    for (const [letter, side] of [[shape[0], rows] as const, [shape[1], elements] as const]) {
      const other = first.get(letter);
      if (letter.includes("*")) products.push({ letters: letter.split("*"), side });
      else if (other === undefined) first.set(letter, side);
      else problems.push(...verifySameSize(domain, where, side, other));
    }
  }
  return [...problems, ...verifyProducts({ domain, where }, products, first)];
}

interface Checked {
  readonly domain: Domain;
  readonly where: string;
}

/** `[c, m*p] <- [p, m*c]`: the elements of the second are whole multiples of c, and both have as many elements in all. */
function verifyProducts(
  { domain, where }: Checked,
  products: readonly { readonly letters: readonly string[]; readonly side: Side }[],
  known: ReadonlyMap<string, Side>,
): Problem[] {
  const first = new Map<string, { readonly side: Side; readonly unit: Side }>();
  const problems: Problem[] = [];
  for (const { letters, side } of products) {
    const [own] = letters.filter((letter) => !known.has(letter));
    const [unit] = letters.flatMap((letter) => known.get(letter) ?? []);
    if (own === undefined || unit === undefined) continue;
    problems.push(...verifyMultiple({ domain, where }, side, unit));
    const other = first.get(own);
    if (other === undefined) first.set(own, { side, unit });
    else {
      const crossed = { ...side, sizes: [...side.sizes, ...other.unit.sizes] };
      problems.push(
        ...verifySameSize(domain, where, crossed, { ...other.side, sizes: [...other.side.sizes, ...unit.sizes] }),
      );
    }
  }
  return problems;
}

function verifyMultiple({ domain, where }: Checked, side: Side, unit: Side): Problem[] {
  const about = [...side.sizes, ...unit.sizes].map(({ limit }) => limit);
  const isMultiple = (indices: readonly number[]): boolean =>
    evalProduct(side.sizes, indices) % Math.max(1, evalProduct(unit.sizes, indices)) === 0;
  const differing = findIteration(domain, about, (indices) => !isMultiple(indices));
  if (differing === undefined) return [];
  const found = `${evalProduct(side.sizes, differing)} ${side.what} of \`${side.operand}\``;
  const wanted = `a multiple of the ${evalProduct(unit.sizes, differing)} ${unit.what} of \`${unit.operand}\``;
  return [problem("E0636", { where, found, expected: wanted })];
}

function verifySameSize(domain: Domain, where: string, side: Side, other: Side): Problem[] {
  if (productKey(side.sizes) === productKey(other.sizes)) return [];
  const about = [...side.sizes, ...other.sizes].map(({ limit }) => limit);
  const known = isSmall(domain, about) ? undefined : findUnequal(domain, side.sizes, other.sizes);
  const differing =
    known ??
    findIteration(domain, about, (indices) => evalProduct(side.sizes, indices) !== evalProduct(other.sizes, indices));
  if (differing === undefined || differing === "none") return [];
  const found = evalProduct(side.sizes, differing);
  const wanted = evalProduct(other.sizes, differing);
  return [
    problem("E0633", { where, operand: side.operand, what: side.what, found, expected: wanted, other: other.operand }),
  ];
}
