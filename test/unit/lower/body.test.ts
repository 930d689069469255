// Loop bodies of kernels: each fused form as its row shows it, buffers that values share, and engines by what they have to do.
import { describe, expect, test } from "vitest";
import { bufferId, loopId } from "../../../ir-spec/base/ids.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { renumberTileProgram } from "../../../ir-spec/renumber-tile.ts";
import type { TileBuffer, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { balance, type Share, type Work } from "../../../passes/lower/balance.ts";
import { balanceBody } from "../../../passes/lower/body/engines.ts";
import { hoistInvariants } from "../../../passes/lower/body/hoist.ts";
import { psumCopies } from "../../../passes/lower/body/psum-operands.ts";
import { applyRule } from "../../../passes/lower/body/rewrite.ts";
import type { BodyRule } from "../../../passes/lower/body/rule.ts";
import { bodyRules } from "../../../passes/lower/body/rules.ts";
import { shareBuffers } from "../../../passes/lower/body/share.ts";
import type { BodyBuilder } from "../../../passes/lower/program-builder.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { unwrap } from "../passes/support.ts";
import { tileProgram } from "../tile/support.ts";

const env = passEnv(unwrap(targetByName("trn2")));

const given = `program p
hbm src: bf16[256, 8192] input
hbm dst: bf16[256, 8192] output
kernel k (test) schedule "" {
  sbuf x: bf16[128, 64]
  memset x[0; 128; 64:1] <- value=1
  sbuf g: bf16[128, 64]
  memset g[0; 128; 64:1] <- value=1
  sbuf c: f32[128, 1]
  memset c[0; 128; 1:1] <- value=1
  sbuf s: f32[128, 1]
  memset s[0; 128; 1:1] <- value=1
  for i in 0..2 {
`;

/** A program whose loop has the statements of a text. */
function withLoop(statements: string): TileProgram {
  return tileProgram(`${given}${statements}\n  }\n}\n`);
}

type Change = (builder: BodyBuilder, body: readonly TileStatement[]) => readonly TileStatement[];

/** The text of a program after its loop's body was changed; what the change says goes before the loop does so. */
function changed(program: TileProgram, change: Change): string {
  const buffers: TileBuffer[] = [...program.buffers];
  const builder: BodyBuilder = {
    buffer: (buffer) => bufferId(buffers.push(buffer) - 1),
    bufferInfo: (buffer) => buffers[buffer] as TileBuffer,
    isTrial: true,
    loop: () => loopId(0),
  };
  const [kernel] = program.kernels;
  if (kernel === undefined) throw new Error("no kernel");
  const body = kernel.body.map((statement) =>
    statement.kind === "loop" ? { ...statement, body: change(builder, statement.body) } : statement,
  );
  const after = renumberTileProgram({ ...program, buffers, kernels: [{ ...kernel, body }] });
  expect(verifyTile(after)).toEqual([]);
  return printTileProgram(after);
}

const unchanged: Change = (_builder, body) => body;

describe("fused forms", () => {
  test.each(Object.entries<BodyRule>(bodyRules))("%s", (_name, rule) => {
    const after = changed(withLoop(rule.before), (builder, body) => applyRule({ ...env, builder }, rule, body));
    expect(after).toBe(changed(withLoop(rule.after), unchanged));
  });

  test.each(Object.entries<BodyRule>(bodyRules))("%s leaves its own result alone", (_name, rule) => {
    const program = withLoop(rule.after);
    const again = changed(program, (builder, body) => applyRule({ ...env, builder }, rule, body));
    expect(again).toBe(changed(program, unchanged));
  });

  test("a value that another statement reads as well stays", () => {
    const two = `sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], op0=add, imm0=1
sbuf y: f32[128, 64]
tensor_scalar y[0; 128; 64:1] <- t[0; 128; 64:1], op0=multiply, imm0=2
sbuf z: f32[128, 64]
tensor_tensor z[0; 128; 64:1] <- lhs=t[0; 128; 64:1], rhs=y[0; 128; 64:1], op=add`;
    const program = withLoop(two);
    for (const rule of Object.values<BodyRule>(bodyRules)) {
      const after = changed(program, (builder, body) => applyRule({ ...env, builder }, rule, body));
      expect(after).toBe(changed(program, unchanged));
    }
  });
});

const loaded = `sbuf h: bf16[128, 8192] x4
dma h[0; 128; 8192:1] <- src[128*i, 0; 128:8192; 8192:1]`;
const stored = (name: string): string => `dma dst[128*i, 0; 128:8192; 8192:1] <- ${name}[0; 128; 8192:1]`;

test("a chain of equal tiles takes one buffer, with the most slots; a value that is read later keeps its own", () => {
  const chain = withLoop(`${loaded}
sbuf e: bf16[128, 8192] x5
activation e[0; 128; 8192:1] <- h[0; 128; 8192:1], func=exp
sbuf d: bf16[128, 8192]
tensor_tensor d[0; 128; 8192:1] <- lhs=e[0; 128; 8192:1], rhs=e[0; 128; 8192:1], op=multiply
sbuf y: bf16[128, 8192]
tensor_tensor y[0; 128; 8192:1] <- lhs=d[0; 128; 8192:1], rhs=e[0; 128; 8192:1], op=add
${stored("y")}`);
  const after = withLoop(`${loaded.replace("x4", "x5")}
activation h[0; 128; 8192:1] <- h[0; 128; 8192:1], func=exp
sbuf d: bf16[128, 8192]
tensor_tensor d[0; 128; 8192:1] <- lhs=h[0; 128; 8192:1], rhs=h[0; 128; 8192:1], op=multiply
tensor_tensor h[0; 128; 8192:1] <- lhs=d[0; 128; 8192:1], rhs=h[0; 128; 8192:1], op=add
${stored("h")}`);
  expect(changed(chain, shareBuffers)).toBe(changed(after, unchanged));
});

test("a result is not written over an operand that is read in another order", () => {
  const reversed = withLoop(`${loaded}
sbuf e: bf16[128, 8192]
tensor_copy e[0; 128; 8192:1] <- h[8191; 128; 8192:-1]
${stored("e")}`);
  expect(changed(reversed, shareBuffers)).toBe(changed(reversed, unchanged));
});

test("what no iteration changes leaves the loop", () => {
  const program = withLoop(`sbuf b: f32[128, 1]
memset b[0; 128; 1:1] <- value=2
sbuf d: f32[128, 1]
tensor_tensor d[0; 128; 1:1] <- lhs=b[0; 128; 1:1], rhs=c[0; 128; 1:1], op=add
${loaded}
tensor_scalar h[0; 128; 8192:1] <- h[0; 128; 8192:1], scalar0=d[0; 128; 1:1], op0=add
${stored("h")}`);
  const ops = (statements: readonly TileStatement[]): readonly string[] =>
    statements.flatMap((statement) => (statement.kind === "op" ? [statement.op] : []));
  changed(program, (builder, body) => {
    const { before, body: rest } = hoistInvariants(builder, body);
    expect([ops(before), ops(rest)]).toEqual([
      ["memset", "tensor_tensor"],
      ["dma", "tensor_scalar", "dma"],
    ]);
    return body;
  });
});

test("engines share what takes longer than the transfers, each its own columns throughout", () => {
  const program = withLoop(`${loaded}
sbuf y: f32[128, 8192] x3
tensor_tensor y[0; 128; 8192:1] <- lhs=h[0; 128; 8192:1], rhs=x[0; 128; 8192:0], op=add
tensor_tensor h[0; 128; 8192:1] <- lhs=y[0; 128; 8192:1], rhs=x[0; 128; 8192:0], op=add
${stored("h")}`);
  changed(program, (builder, body) => {
    const balanced = balanceBody({ ...env, builder }, body);
    const adds = balanced.flatMap((statement) =>
      statement.kind === "op" && statement.op === "tensor_tensor" ? [statement] : [],
    );
    const widths = adds.map(({ operands }) => operands.dst?.dims[0]?.size.max ?? 0);
    expect(new Set(adds.map(({ engine }) => engine))).toEqual(new Set([undefined, "pool"]));
    expect(widths.reduce((sum, width) => sum + width, 0)).toBe(2 * 8192);
    return balanced;
  });
});

test("a function adds up rows where the vector engine has more to do", () => {
  const program = withLoop(`${loaded}
sbuf s: f32[128, 1] x3
tensor_reduce s[0; 128; 1:1] <- h[0; 128; 8192:1], op=add
sbuf y: f32[128, 8192] x3
scalar_tensor_tensor y[0; 128; 8192:1] <- h[0; 128; 8192:1], scalar0=s[0; 128; 1:1], rhs=x[0; 128; 8192:0], op0=subtract, op1=multiply
tensor_scalar h[0; 128; 8192:1] <- y[0; 128; 8192:1], scalar0=s[0; 128; 1:1], op0=multiply
${stored("h")}`);
  changed(program, (builder, body) => {
    const after = balanceBody({ ...env, builder }, body);
    const ops = after.flatMap((statement) => (statement.kind === "op" ? [statement.op] : []));
    expect(ops).toContain("activation");
    expect(ops).not.toContain("tensor_reduce");
    return after;
  });
});

describe("forms that one engine has", () => {
  const trn1 = passEnv(unwrap(targetByName("trn1")));
  const opsOf = (statements: readonly TileStatement[]): readonly string[] =>
    statements.flatMap((each) => (each.kind === "op" && each.op !== "dma" ? [`${each.op} ${each.engine ?? ""}`] : []));

  test("the scalar engine subtracts a column by adding its negation, which comes from it as well", () => {
    const program = withLoop(`${loaded}
sbuf m: f32[128, 1] x3
activation m[0; 128; 1:1] <- h[0; 128; 1:1], func=abs
sbuf y: f32[128, 8192] x3
tensor_scalar y[0; 128; 8192:1] <- h[0; 128; 8192:1], scalar0=m[0; 128; 1:1], scalar1=s[0; 128; 1:1], op0=subtract, op1=multiply
sbuf z: f32[128, 8192] x3
tensor_tensor z[0; 128; 8192:1] <- lhs=y[0; 128; 8192:1], rhs=x[0; 128; 8192:0], op=multiply
tensor_tensor h[0; 128; 8192:1] <- lhs=z[0; 128; 8192:1], rhs=x[0; 128; 8192:0], op=add
${stored("h")}`);
    changed(program, (builder, body) => {
      const after = balanceBody({ ...trn1, builder }, body);
      expect(opsOf(after)).toEqual([...new Array(4).fill("activation "), ...new Array(2).fill("tensor_tensor pool")]);
      return after;
    });
  });

  test("the vector engine reads from PSUM what the loop does not change, where that helps", () => {
    const program = tileProgram(`program p
hbm src: bf16[256, 8192] input
hbm w: bf16[8192] input
hbm dst: bf16[256, 8192] output
kernel k (test) schedule "" {
  sbuf g: bf16[128, 8192]
  dma g[0; 128; 8192:1] <- w[0; 128:0; 8192:1]
  for i in 0..2 {
    ${loaded}
    sbuf y: f32[128, 8192] x3
    tensor_tensor y[0; 128; 8192:1] <- lhs=h[0; 128; 8192:1], rhs=g[0; 128; 8192:1], op=multiply
    tensor_tensor h[0; 128; 8192:1] <- lhs=y[0; 128; 8192:1], rhs=g[0; 128; 8192:1], op=add
    ${stored("h")}
  }
}
`);
    changed(program, (builder, body) => {
      const [own] = psumCopies({ ...trn1, builder }, program.kernels[0]?.body.slice(0, 2) ?? [], body);
      expect(own?.statements.map(({ kind }) => kind)).toEqual(["alloc", "op"]);
      const after = balanceBody({ ...trn1, builder, copies: own === undefined ? [] : [own] }, body);
      const reads = after.filter(
        (each) => each.kind === "op" && each.op === "tensor_tensor" && each.operands.rhs.buffer === own?.copy,
      );
      expect(reads.length).toBeGreaterThan(0);
      expect(
        psumCopies(
          { ...trn1, builder, machine: { ...trn1.machine, psumBanks: 4 } },
          program.kernels[0]?.body ?? [],
          body,
        ),
      ).toEqual([]);
      return body;
    });
  });
});

describe("balance", () => {
  const linear = (parts: number, perPart: Partial<Record<Share["engine"], number>>): Work => ({
    parts,
    costNs: (engine, count) => (perPart[engine] === undefined ? undefined : 10 + count * (perPart[engine] as number)),
  });
  const busy = (works: readonly Work[], shares: readonly (readonly Share[])[]): number =>
    Math.max(
      ...(["dve", "act", "pool"] as const).map((engine) =>
        shares.reduce((sum, own, index) => {
          const parts = own.find((share) => share.engine === engine)?.parts;
          return sum + (parts === undefined ? 0 : (works[index]?.costNs(engine, parts) ?? 0));
        }, 0),
      ),
    );

  test("work that one engine alone can do stays; other work goes where there is room", () => {
    const works = [linear(1, { act: 1000 }), linear(64, { dve: 10, act: 10 }), linear(64, { dve: 10, pool: 20 })];
    const shares = balance(works, { goalNs: 0 });
    expect(shares[0]).toEqual([{ engine: "act", parts: 1 }]);
    expect(busy(works, shares)).toBeLessThan(1100);
    for (const [index, own] of shares.entries()) {
      expect(own.reduce((sum, { parts }) => sum + parts, 0)).toBe(works[index]?.parts);
    }
  });

  test("nothing moves where the transfers take longer anyway", () => {
    const works = [linear(64, { dve: 10, pool: 10 }), linear(64, { dve: 10, pool: 10 })];
    expect(balance(works, { goalNs: 2000 })).toEqual([[{ engine: "dve", parts: 64 }], [{ engine: "dve", parts: 64 }]]);
  });

  test("engines that take turns are as busy as both together", () => {
    const works = [linear(64, { dve: 10, pool: 11, act: 20 }), linear(64, { dve: 10, pool: 11, act: 20 })];
    const shares = balance(works, { goalNs: 0, takeTurns: ["dve", "pool"] });
    const parts = (engine: Share["engine"]): number =>
      shares.flat().reduce((sum, share) => sum + (share.engine === engine ? share.parts : 0), 0);
    expect(parts("pool")).toBe(0);
    expect(parts("act")).toBeGreaterThan(40);
    expect(parts("act") + parts("dve")).toBe(128);
  });

  test("work that no engine does has no share", () => {
    expect(balance([linear(4, {})], { goalNs: 0 })).toEqual([[]]);
  });

  test("what an engine has to do besides counts", () => {
    const busyNs = new Map([["dve", 1000]] as const);
    expect(balance([linear(1, { dve: 100, act: 200 })], { goalNs: 0, busyNs })).toEqual([
      [{ engine: "act", parts: 1 }],
    ]);
    expect(balance([linear(1, { dve: 100, act: 200 })], { goalNs: 0 })).toEqual([[{ engine: "dve", parts: 1 }]]);
  });
});
