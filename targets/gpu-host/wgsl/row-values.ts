// How a product's invocations load the values of their rows. All invocations of a workgroup have the same rows. Alone, each loads the
// value of every row. In quads, each loads every fourth one and gets the others from its neighbours: what an invocation adds up for
// row i of four is then that of row i ^ its number in the quad.
// Source: measured on SwiftShader, whose subgroups are quads and whose loads take some 100 machine instructions for a quad,
// 128 x 768 x 768: 16 x 4 elements in quads with two steps of a loop 51 ms of processor time, 8 x 8 alone 72 ms.

/** Invocations of a quad. Source: WGSL specification, section 16.15, quad built-in functions. */
const quadSize = 4;

export interface RowValues {
  /** What a module with such rows begins with. */
  readonly enable: string;
  /** A parameter of `main`, after others. */
  readonly builtin: string;
  /** Statements before all others. */
  readonly start: readonly string[];
  /** The rows that an invocation loads, as distances from its first row. */
  readonly loaded: readonly string[];
  /** The rows of `x0`, `x1`, ..., as distances from its first row. */
  readonly rows: readonly string[];
  /**
   * Statements that define `x0`, `x1`, ..., each followed by those that use it, so that few are live at once; `load` says the value of a
   * loaded row by its index.
   */
  readonly define: (load: (index: number) => string, use: (i: number) => readonly string[]) => readonly string[];
}

/** Whether rows are loaded in quads: subgroups of another size would load the same rows several times over. */
export function hasQuads({ subgroupSize }: { readonly subgroupSize?: number }, rowCount: number): boolean {
  return subgroupSize === quadSize && rowCount >= quadSize;
}

const counts = (end: number): readonly number[] => [...new Array(end).keys()];

/** Rows that every invocation loads alone. */
export function aloneRows(count: number): RowValues {
  const rows = counts(count).map((i) => `${i}u`);
  return {
    ...{ enable: "", builtin: "", start: [], loaded: rows, rows },
    define: (load, use) => counts(count).flatMap((i) => [`let x${i} = ${load(i)};`, ...use(i)]),
  };
}

const swaps = ["", "quadSwapX", "quadSwapY", "quadSwapDiagonal"];

/** Rows that quads load together; their number is a multiple of 4. */
export function quadRows(count: number): RowValues {
  const quads = counts(count / quadSize);
  return {
    enable: "enable subgroups;\n\n",
    builtin: ", @builtin(subgroup_invocation_id) subgroup_lane: u32",
    start: [`let quad_lane = subgroup_lane % ${quadSize}u;`],
    loaded: quads.map((quad) => `${quad * quadSize}u + quad_lane`),
    rows: counts(count).map((i) => `${i - (i % quadSize)}u + (quad_lane ^ ${i % quadSize}u)`),
    define: (load, use) =>
      quads.flatMap((quad) => [
        `let quad${quad} = ${load(quad)};`,
        ...swaps.flatMap((swap, j) => {
          const i = quad * quadSize + j;
          return [`let x${i} = ${swap}(quad${quad});`, ...use(i)];
        }),
      ]),
  };
}
