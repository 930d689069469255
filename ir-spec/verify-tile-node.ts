// What the row of a tile op says of its operands and attributes, checked without looking at sizes.

import { type AttrValue, completeAttrs, describeKind, fitsKind } from "./base/attr.ts";
import { type Problem, problem } from "./base/result.ts";
import { namedAccesses, type TileNode, type TileProgram, tileAttrsOf } from "./tile.ts";
import { tileOpDef } from "./tile-ops/index.ts";

/** Attributes are known and of their kinds; none is missing; only `matmul` accumulates, only what counts has a base. */
export function verifyAttrs(where: string, node: TileNode): Problem[] {
  const kinds = tileOpDef(node.op).attrs;
  const problems: Problem[] = [];
  const given = tileAttrsOf(node);
  for (const [name, value] of Object.entries<AttrValue>(completeAttrs(kinds, given))) {
    const kind = kinds[name];
    if (kind === undefined || fitsKind(kind, value)) continue;
    const found = given[name] === undefined ? "missing" : String(value);
    problems.push(problem("E0634", { where, name, found, expected: describeKind(kind) }));
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(kinds, name)) continue;
    const wanted = `one of ${Object.keys(kinds).join(", ")}`;
    problems.push(problem("E0634", { where, name, found: "unknown", expected: wanted }));
  }
  if (node.accumulate !== undefined && node.op !== "matmul") problems.push(misplaced(where, "accumulate", "matmul"));
  if (node.base !== undefined && tileOpDef(node.op).facts?.hasBase !== true)
    problems.push(misplaced(where, "base", "ops that count elements"));
  return problems;
}

function misplaced(where: string, name: string, op: string): Problem {
  return problem("E0635", { where, found: "it", expected: `\`${name}\` only on ${op}` });
}

/** Operands are those of the row, in the memories that it allows; what the caller gives is not written. */
export function verifyOperands(program: TileProgram, where: string, node: TileNode): Problem[] {
  const { operands } = tileOpDef(node.op);
  const accesses = namedAccesses(node);
  const names = operands.map(({ name }) => name);
  const unknown = Object.keys(node.operands).filter((name) => !names.includes(name));
  const problems = unknown.map((name) =>
    problem("E0635", { where, found: `operand \`${name}\``, expected: `one of ${names.join(", ")}` }),
  );
  for (const { name, role, memories, optional } of operands) {
    const buffer = program.buffers[accesses[name]?.buffer ?? -1];
    if (buffer === undefined) {
      if (optional !== true)
        problems.push(problem("E0635", { where, found: "none", expected: `an operand \`${name}\`` }));
      continue;
    }
    if (!memories.includes(buffer.memory)) {
      problems.push(problem("E0632", { where, operand: name, found: buffer.memory, expected: memories.join(" or ") }));
    }
    const isGiven = buffer.role === "input" || buffer.role === "weight" || buffer.role === "constant";
    if (role !== "read" && isGiven) {
      const wanted = "an output, a state or a temp where one is written";
      problems.push(
        problem("E0635", { where, found: `the ${buffer.role} \`${buffer.name}\` as \`${name}\``, expected: wanted }),
      );
    }
  }
  return problems;
}
