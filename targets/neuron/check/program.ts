// The stream as the check walks it: each instruction in the text of a program is a `Site` with a number, beside its row
// of the instruction table and the loops around it. A site is executed many times.

import type { Extent } from "../../../ir-spec/affine.ts";
import type { InstRow, OperandField, UnitName } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type { Instruction, Operand, QueueName, Stream, StreamItem, StreamLoop } from "../stream.ts";

/** What an acquire or a release does. */
export interface TokenUse {
  readonly kind: "acquire" | "release";
  readonly sem: number;
  readonly count: number;
}

export interface Site {
  /** Index of its queue in the stream. */
  readonly queue: number;
  readonly queueName: QueueName;
  readonly unit: UnitName;
  /** Where it is: the index in the queue's body, then in the loop's body, and so on. */
  readonly path: readonly number[];
  readonly instruction: Instruction;
  readonly row: InstRow;
  /** Numbers of the loops around it, outermost first. */
  readonly loops: readonly number[];
  readonly token: TokenUse | undefined;
  /** Those that it has; those that are read first, as the instruction does. */
  readonly operands: readonly OperandUse[];
}

/** An operand of a site. */
export interface OperandUse {
  /** Numbers the operands of all sites. */
  readonly id: number;
  /** Of the field. */
  readonly name: string;
  readonly role: OperandField["role"];
  readonly operand: Operand;
}

export interface CodeInstruction {
  readonly kind: "inst";
  readonly site: number;
}
export interface CodeLoop {
  readonly kind: "loop";
  readonly loop: number;
  readonly trips: Extent;
  readonly advance: readonly number[];
  readonly body: readonly CodeNode[];
  /** As in `Site`, for messages about the loop itself. */
  readonly path: readonly number[];
  /** The loop of the stream. */
  readonly item: StreamLoop;
}
export type CodeNode = CodeInstruction | CodeLoop;

export interface CheckProgram {
  readonly stream: Stream;
  readonly sites: readonly Site[];
  /** By queue, in the order of the stream. */
  readonly code: readonly (readonly CodeNode[])[];
  readonly counts: Counts;
}

/** The most that loops and rings count to, by number. */
export interface Counts {
  /** Iterations of each loop. */
  readonly trips: readonly number[];
  readonly slots: readonly number[];
}

/** Numbers the instructions of a stream. */
export function makeCheckProgram(stream: Stream): CheckProgram {
  const sites: Site[] = [];
  const trips = stream.loops.map(() => 0);
  let operandCount = 0;
  const usesOf = (row: InstRow, args: Instruction["args"]): readonly OperandUse[] =>
    operandFieldsOf(row).flatMap((field) => {
      const argument = args[field.name];
      if (argument?.kind !== "operand") return [];
      return [{ id: operandCount++, ...field, operand: argument.operand }];
    });
  const code = stream.queues.map(({ queue, body }, index) => {
    const convert = (items: readonly StreamItem[], path: readonly number[], loops: readonly number[]): CodeNode[] =>
      items.map((item, at): CodeNode => {
        const here = [...path, at];
        if (item.kind === "loop") {
          const { loop, advance } = item;
          trips[loop] = Math.max(trips[loop] ?? 0, item.trips.max);
          const inner = convert(item.body, here, [...loops, loop]);
          return { kind: "loop", loop, trips: item.trips, advance, path: here, item, body: inner };
        }
        const row = instDef(item.inst);
        const place = { queue: index, queueName: queue, unit: unitOf(queue), path: here };
        sites.push({
          ...place,
          instruction: item,
          row,
          loops,
          token: tokenUse(item),
          operands: usesOf(row, item.args),
        });
        return { kind: "inst", site: sites.length - 1 };
      });
    return convert(body, [], []);
  });
  return { stream, sites, code, counts: { trips, slots: stream.rings.map(({ slots }) => slots) } };
}

/** The operand fields of a row, those that are read first. */
function operandFieldsOf({ fields }: InstRow): readonly Omit<OperandUse, "id" | "operand">[] {
  const all = Object.entries(fields).flatMap(([name, field]) =>
    field.kind === "operand" ? [{ name, role: field.role }] : [],
  );
  return [...all.filter(({ role }) => role === "read"), ...all.filter(({ role }) => role !== "read")];
}

function tokenUse({ inst, args }: Instruction): TokenUse | undefined {
  if (inst !== "acquire" && inst !== "release") return undefined;
  const sem = args.sem?.kind === "sem" ? args.sem.sem : -1;
  const count = args.count?.kind === "value" ? Number(args.count.value) : 1;
  return { kind: inst, sem, count };
}

/** The unit behind a queue: all DMA queues lead to the same engines. */
function unitOf(queue: QueueName): UnitName {
  switch (queue) {
    case "pe":
    case "act":
    case "dve":
    case "pool":
    case "sp":
      return queue;
    default:
      return "dma";
  }
}
