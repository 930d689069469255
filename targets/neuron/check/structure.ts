// What can be proven of a stream without executing it: everything that it names exists and is used where it may be, and
// each argument is of its field's kind. Only a stream without findings here is executed.

import type { Affine, Extent, Flag } from "../../../ir-spec/affine.ts";
import { describeKind, fitsKind } from "../../../ir-spec/base/attr.ts";
import { isId } from "../../../ir-spec/base/ids.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Field } from "../isa/define.ts";
import type { Address, Argument, Operand, Stream } from "../stream.ts";
import type { StreamPart } from "../stream-parts.ts";
import { describeLoop, describeSemaphore, describeSite } from "./describe.ts";
import type { Findings } from "./findings.ts";
import type { CheckProgram, CodeLoop, CodeNode, Site, TokenUse } from "./program.ts";

/** Where the expressions being checked are. */
interface Scope {
  readonly place: string;
  readonly part: StreamPart;
  /** Loops around the place. */
  readonly loops: readonly number[];
}

type Tools = { readonly stream: Stream; readonly machine: Machine; readonly findings: Findings };

/** Checks names, scopes, semaphores' ends, engines and the kinds of arguments. */
export function checkStructure(program: CheckProgram, machine: Machine, findings: Findings): void {
  const tools: Tools = { stream: program.stream, machine, findings };
  checkHead(tools);
  program.code.forEach((code, queue) => {
    checkLoops(code, program.stream.queues[queue]?.queue ?? "", [], tools);
  });
  for (const site of program.sites) checkSite(site, tools);
}

/** The declarations against the machine's limits. */
function checkHead({ stream, machine, findings }: Tools): void {
  /** Complains of the first part that is too much. */
  const complain = (what: string, found: number, wanted: string, part: StreamPart | undefined) =>
    findings.add(`head ${what}`, problem("E0826", { what, found, expected: wanted }), part);
  const { semaphores, rings, queues } = stream;
  if (semaphores.length > machine.semaphores) {
    const wanted = `at most ${machine.semaphores}`;
    complain("semaphores", semaphores.length, wanted, semaphores[machine.semaphores]);
  }
  const dma = queues.filter(({ queue }) => queue.startsWith("dma"));
  if (dma.length > machine.dmaQueues) {
    complain("DMA queues", dma.length, `at most ${machine.dmaQueues}`, dma[machine.dmaQueues]);
  }
  for (const { queue } of queues) {
    const programs = queues.filter((other) => other.queue === queue);
    if (programs.length > 1) complain(`programs of queue ${queue}`, programs.length, "one", programs[1]);
  }
  for (const ring of rings) {
    const { name, slots } = ring;
    if (!(Number.isInteger(slots) && slots >= 1)) complain(`slots in ring ${name}`, slots, "at least 1", ring);
  }
  for (const [sem, semaphore] of semaphores.entries()) {
    const { initial } = semaphore;
    if (Number.isInteger(initial) && initial >= 0) continue;
    const place = `semaphore ${describeSemaphore(stream, sem)}`;
    findings.add(place, problem("E0823", { place, found: initial, expected: 0 }), semaphore);
  }
}

function checkLoops(code: readonly CodeNode[], queue: string, around: readonly number[], tools: Tools): void {
  for (const node of code) {
    if (node.kind === "inst") continue;
    const scope = { place: `loop at ${queue}:${node.path.join(".")}`, loops: around, part: node.item };
    checkLoop(node, scope, tools);
    checkLoops(node.body, queue, [...around, node.loop], tools);
  }
}

function checkLoop(node: CodeLoop, scope: Scope, tools: Tools): void {
  const { stream } = tools;
  const isKnown = checkId("loop", node.loop, stream.loops.length, scope, tools);
  if (isKnown && scope.loops.includes(node.loop)) {
    const loop = describeLoop(stream, node.loop);
    const args = { found: `loop ${loop} inside of loop ${loop}`, expected: "a loop of another name" };
    tools.findings.add(`nested ${scope.place}`, problem("E0821", { place: scope.place, ...args }), scope.part);
  }
  checkExtent(node.trips, scope, tools);
  for (const ring of node.advance) checkId("ring", ring, stream.rings.length, scope, tools);
}

function checkSite(site: Site, tools: Tools): void {
  const { stream } = tools;
  const scope = { place: describeSite(site, stream), loops: site.loops, part: site.instruction };
  const { inst, kernel, args, origin = [] } = site.instruction;
  if (kernel !== -1) checkId("kernel", kernel, stream.kernels.length, scope, tools);
  for (const [name, field] of Object.entries(site.row.fields)) checkArgument(name, field, args[name], scope, tools);
  for (const name of Object.keys(args)) {
    if (site.row.fields[name] === undefined) badArgument(name, "given", `no such field of ${inst}`, scope, tools);
  }
  for (const node of origin) if (!isId(node)) badArgument("origin", String(node), "the number of a node", scope, tools);
  if (site.token !== undefined) checkEnds(site, site.token, scope, tools);
}

function badArgument(field: string, found: string, wanted: string, scope: Scope, { findings }: Tools): void {
  const { place, part } = scope;
  findings.add(`argument ${field} ${place}`, problem("E0824", { place, field, found, expected: wanted }), part);
}

function checkArgument(name: string, field: Field, argument: Argument | undefined, scope: Scope, tools: Tools): void {
  if (argument === undefined) {
    const isOptional =
      field.kind === "flag" ||
      (field.kind === "operand" && field.optional === true) ||
      (field.kind === "value" && (field.attr.optional === true || field.attr.default !== undefined));
    if (!isOptional) badArgument(name, "missing", wantedKind(field), scope, tools);
    return;
  }
  if (argument.kind !== field.kind) {
    badArgument(name, `of kind ${argument.kind}`, wantedKind(field), scope, tools);
    return;
  }
  if (argument.kind === "affine") checkAffine(argument.affine, scope, tools);
  if (argument.kind === "flag") checkFlag(argument.flag, scope, tools);
  if (argument.kind === "sem") checkId("semaphore", argument.sem, tools.stream.semaphores.length, scope, tools);
  if (argument.kind === "operand") checkOperand(name, argument.operand, scope, tools);
  if (argument.kind === "value" && field.kind === "value" && !fitsKind(field.attr, argument.value)) {
    badArgument(name, String(argument.value), wantedKind(field), scope, tools);
  }
}

function wantedKind(field: Field): string {
  if (field.kind === "value") return describeKind(field.attr);
  if (field.kind === "operand") return `${field.dtypes.join(" or ")} in ${field.memories.join(" or ")}`;
  return field.kind;
}

function checkOperand(name: string, operand: Operand, scope: Scope, tools: Tools): void {
  const { stream, machine, findings } = tools;
  const key = `${name} ${scope.place}`;
  checkAddress(operand.address, scope, tools);
  for (const dim of operand.dims) checkExtent(dim.size, scope, tools);
  if (operand.memory === "hbm") {
    const tensor = stream.tensors[operand.tensor];
    checkId("tensor", operand.tensor, stream.tensors.length, scope, tools);
    if (operand.dims.length === 0) badArgument(name, "without dimensions", "at least one", scope, tools);
    if (tensor === undefined || tensor.dtype === operand.dtype) return;
    badArgument(name, `${operand.dtype} of tensor ${tensor.name}`, tensor.dtype, scope, tools);
    return;
  }
  checkExtent(operand.partitions, scope, tools);
  const start = operand.startPartition;
  if (!(Number.isInteger(start) && start >= 0 && start < machine.partitions)) {
    const args = { operand: name, what: "partition", found: start, limit: machine.partitions - 1 };
    const { place: text, part } = scope;
    findings.add(`start ${key}`, problem("E0703", args), part, [{ text, part: undefined }]);
  }
}

/** A queue may release only what it produces, and acquire only what it consumes. */
function checkEnds(site: Site, { kind, sem, count }: TokenUse, scope: Scope, { stream, findings }: Tools): void {
  const { place, part } = scope;
  if (!(Number.isInteger(count) && count >= 1)) {
    findings.add(`count ${place}`, problem("E0823", { place, found: count, expected: 1 }), part);
  }
  const semaphore = stream.semaphores[sem];
  if (semaphore === undefined) return;
  const side = kind === "release" ? "producer" : "consumer";
  if (semaphore[side] === site.queueName) return;
  const args = { place, queue: site.queueName, verb: kind, side, expected: semaphore[side] };
  findings.add(`ends ${place}`, problem("E0822", { ...args, sem: describeSemaphore(stream, sem) }), part);
}

function checkId(what: string, id: number, count: number, { place, part }: Scope, { findings }: Tools): boolean {
  if (Number.isInteger(id) && id >= 0 && id < count) return true;
  const all = count === 1 ? "0, the only one" : `0 to ${count - 1}`;
  const wanted = count === 0 ? "none, as the stream has none" : all;
  findings.add(`${what} ${id} ${place}`, problem("E0820", { place, what, id, expected: wanted }), part);
  return false;
}

function checkIndex(loop: number, scope: Scope, tools: Tools): void {
  if (!checkId("loop", loop, tools.stream.loops.length, scope, tools) || scope.loops.includes(loop)) return;
  const around = scope.loops.map((other) => describeLoop(tools.stream, other)).join(", ");
  const wanted = around === "" ? "no index, as there is no loop around it" : `that of a loop around it: ${around}`;
  const args = { found: `the index of loop ${describeLoop(tools.stream, loop)}`, expected: wanted };
  tools.findings.add(`scope ${loop} ${scope.place}`, problem("E0821", { place: scope.place, ...args }), scope.part);
}

function checkAffine(affine: Affine, scope: Scope, tools: Tools): void {
  for (const { loop } of affine.terms) checkIndex(loop, scope, tools);
}

function checkExtent(size: Extent, scope: Scope, tools: Tools): void {
  if (size.limit !== undefined) checkAffine(size.limit, scope, tools);
}

function checkFlag(flag: Flag, scope: Scope, tools: Tools): void {
  if (typeof flag !== "boolean") for (const loop of flag.notFirst) checkIndex(loop, scope, tools);
}

function checkAddress(address: Address, scope: Scope, tools: Tools): void {
  checkAffine(address.base, scope, tools);
  for (const { ring } of address.rings) checkId("ring", ring, tools.stream.rings.length, scope, tools);
}
