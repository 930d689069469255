// What passes on tile programs share that work on one body of statements at a time: the walk over all bodies, inner ones first, and the
// buffers that they add. A body with stages stays as it is, since the order of its statements is chosen already.

import { type BufferId, bufferId } from "../../ir-spec/base/ids.ts";
import { stageOf, type TileBuffer, type TileLoop, type TileProgram, type TileStatement } from "../../ir-spec/tile.ts";
import type { BodyBuilder } from "../lower/program-builder.ts";
import { makeRemark, type PassOutput, type Remark } from "../pass.ts";

type Statements = readonly TileStatement[];

/** What becomes of a body: statements that go before its loop, and the body. */
export interface ChangedBody {
  readonly before?: Statements;
  readonly body: Statements;
}

/** Changes a body; `loop` is the loop around it, where there is one that statements may leave. */
export type ChangeBody = (builder: BodyBuilder, body: Statements, loop: TileLoop | undefined) => ChangedBody;

/** One pass over a program; changed in place. */
interface Walk {
  readonly pass: string;
  readonly program: TileProgram;
  readonly buffers: TileBuffer[];
  readonly builder: BodyBuilder;
  readonly change: ChangeBody;
  readonly remarks: Remark[];
}

/** The program with all its bodies changed; the same object where none was. */
export function changeBodies(pass: string, program: TileProgram, change: ChangeBody): PassOutput<TileProgram> {
  const buffers = [...program.buffers];
  const builder: BodyBuilder = {
    buffer: (buffer) => bufferId(buffers.push(buffer) - 1),
    bufferInfo: (id) => buffers[id] as TileBuffer,
    isTrial: false,
    loop: (name) => {
      throw new Error(`internal: ${pass} makes no loop, but ${name}`);
    },
  };
  const walk: Walk = { pass, program, buffers, builder, change, remarks: [] };
  const kernels = program.kernels.map((kernel) => {
    const { body } = changeBody(walk, kernel.name, kernel.body, undefined);
    return body === kernel.body ? kernel : { ...kernel, body };
  });
  const isChanged = kernels.some((kernel, index) => kernel !== program.kernels[index]);
  return { ir: isChanged ? { ...program, buffers, kernels } : program, remarks: walk.remarks };
}

function changeBody(walk: Walk, kernel: string, body: Statements, loop: TileLoop | undefined): ChangedBody {
  const isStaged = body.some((statement) => stageOf(statement) !== 0);
  const inner = body.flatMap((statement): Statements => {
    if (statement.kind !== "loop") return [statement];
    const changed = changeBody(walk, kernel, statement.body, isStaged ? undefined : statement);
    if (changed.body === statement.body) return [statement];
    return [...(changed.before ?? []), { ...statement, body: changed.body }];
  });
  const current = inner.length === body.length && inner.every((each, at) => each === body[at]) ? body : inner;
  if (isStaged) return { body: current };
  const changed = walk.change(walk.builder, current, loop);
  if ((changed.before ?? []).length === 0 && isSame(current, changed.body)) return { body: current };
  const where = loop === undefined ? "" : `, loop ${walk.program.loops[loop.loop]}`;
  const text = `kernel ${kernel}${where}: ${countsOf(current)} became ${countsOf([...(changed.before ?? []), ...changed.body])}`;
  walk.remarks.push(makeRemark("done", walk.pass, text, undefined));
  return changed;
}

/** Whether two bodies differ in no more than where buffers are declared. */
function isSame(a: Statements, b: Statements): boolean {
  const others = (body: Statements) => JSON.stringify(body.filter(({ kind }) => kind !== "alloc"));
  const allocs = (body: Statements) =>
    body.flatMap((each): readonly BufferId[] => (each.kind === "alloc" ? [each.buffer] : [])).sort((x, y) => x - y);
  return a === b || (allocs(a).join() === allocs(b).join() && others(a) === others(b));
}

/** `4 statements, 3 buffers`; loops count as one. */
function countsOf(body: Statements): string {
  const buffers = body.filter(({ kind }) => kind === "alloc").length;
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
  return `${count(body.length - buffers, "statement")}, ${count(buffers, "buffer")}`;
}
