// `tgc fmt`: writes a syntax tree in the canonical layout. Formatting twice gives the same text, and the text means what
// it meant before: brackets, infix operators, comments and the spelling of numbers stay.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Source, Span } from "../../ir-spec/base/span.ts";
import type {
  AstModule,
  DefDecl,
  DefParam,
  DimDecl,
  GraphDecl,
  Item,
  ParamDecl,
  ScheduleDecl,
  ScheduleKernel,
  Stmt,
  Target,
} from "./ast.ts";
import { bracketed, type Doc, flatText, line } from "./format-doc.ts";
import { entryDoc, exprDoc, typeDoc } from "./format-expr.ts";
import { makeWriter, type Writer } from "./format-writer.ts";
import { parseModule } from "./parse.ts";

/** The text in canonical layout, with the line breaks that it had; fails with the diagnostics of the parser. */
export function formatModule(source: Source): Result<string> {
  const { module, diagnostics } = parseModule(source);
  if (diagnostics.length > 0) return fail(diagnostics);
  const text = printModule(module);
  return ok(hasCarriageReturns(source.text) ? text.replaceAll("\n", "\r\n") : text);
}

/** Whether lines end as on Windows; where they end in both ways, the first one says it. */
function hasCarriageReturns(text: string): boolean {
  return text[text.indexOf("\n") - 1] === "\r";
}

const MAX_RESULTS = 100;

function printModule(module: AstModule): string {
  const writer = makeWriter(module);
  let previous: Item | undefined;
  for (const item of module.items) {
    const isRowOfDims = item.kind === "dim" && previous?.kind === "dim";
    if (!isRowOfDims) writer.separate();
    writeItem(writer, item);
    previous = item;
  }
  return writer.finish();
}

function writeItem(writer: Writer, item: Item): void {
  switch (item.kind) {
    case "dim":
      writer.write(["dim ", dimDoc(item)], item.span);
      break;
    case "graph":
      writeGraph(writer, item);
      break;
    case "def":
      writeDef(writer, item);
      break;
    case "schedule":
      writeSchedule(writer, item);
      break;
    default:
      item satisfies never;
  }
}

function dimDoc({ name, value }: DimDecl | DefParam): Doc {
  return value === undefined ? name.name : [name.name, " = ", exprDoc(value)];
}

function paramDoc({ role, name, type }: ParamDecl): Doc {
  return [role === "input" ? "" : `${role} `, name.name, ": ", typeDoc(type)];
}

function targetDoc({ name, type }: Omit<Target, "span">): Doc {
  return type === undefined ? name.name : [name.name, ": ", typeDoc(type)];
}

function writeGraph(writer: Writer, decl: GraphDecl): void {
  const { name, dims, params, results, span } = decl;
  const dimDocs = dims.length === 0 ? "" : flatText(bracketed("<", dims.map(dimDoc), ">"));
  const resultsDoc = bracketed("(", results.map(targetDoc), ")");
  const resultsText = flatText(resultsDoc);
  const beginning: Doc = ["graph ", name.name, dimDocs];
  // A header that is too wide is broken between its parameters first, then between its results.
  const end: Doc = [" -> ", resultsText.length <= MAX_RESULTS ? resultsText : resultsDoc, " {"];
  const headerEnd = results.at(-1)?.span.end ?? params.at(-1)?.span.end ?? name.span.end;
  const brace = writer.afterBrace(headerEnd);
  if (writer.hasComments(name.span.end, headerEnd)) {
    writer.open([beginning, "("], span, name.span.end);
    for (const param of params) writer.write([paramDoc(param), ","], param.span);
    writer.close([")", end], brace);
    writer.indent();
  } else {
    writer.open([beginning, bracketed("(", params.map(paramDoc), ")"), end], span, brace);
  }
  writeBody(writer, decl.body, span);
}

function writeDef(writer: Writer, { name, params, body, span }: DefDecl): void {
  const brace = writer.afterBrace(params.at(-1)?.span.end ?? name.span.end);
  writer.open(["def ", name.name, bracketed("(", params.map(dimDoc), ")"), " {"], span, brace);
  writeBody(writer, body, span);
}

/** The statements of a block that was opened, and its closing brace. */
function writeBody(writer: Writer, body: readonly Stmt[], span: Span): void {
  for (const stmt of body) writeStmt(writer, stmt);
  writer.close("}", span.end);
}

function writeStmt(writer: Writer, stmt: Stmt): void {
  switch (stmt.kind) {
    case "assign":
      writer.write([commaSeparated(stmt.targets.map(targetDoc)), " = ", exprDoc(stmt.value)], stmt.span);
      break;
    case "return":
      writer.write(["return ", commaSeparated(stmt.values.map(exprDoc))], stmt.span);
      break;
    case "for": {
      const header: Doc = ["for ", stmt.index.name, " in ", exprDoc(stmt.from), "..", exprDoc(stmt.to), " {"];
      writer.open(header, stmt.span, writer.afterBrace(stmt.to.span.end));
      writeBody(writer, stmt.body, stmt.span);
      break;
    }
    case "kernel":
      writer.open(["kernel ", stmt.name.name, " {"], stmt.span, writer.afterBrace(stmt.name.span.end));
      writeBody(writer, stmt.body, stmt.span);
      break;
    default:
      stmt satisfies never;
  }
}

function commaSeparated(docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, index) => (index === 0 ? [doc] : [", ", doc]));
}

function writeSchedule(writer: Writer, { name, graph, kernels, span }: ScheduleDecl): void {
  writer.open(`schedule ${name.name} for ${graph.name} {`, span, writer.afterBrace(graph.span.end));
  for (const kernel of kernels) writeScheduleKernel(writer, kernel);
  writer.close("}", span.end);
}

function writeScheduleKernel(writer: Writer, { name, entries, span }: ScheduleKernel): void {
  const beginning = `kernel ${name.name} `;
  if (!writer.hasComments(span.start, span.end)) {
    writer.write([beginning, bracketed("{", entries.map(entryDoc), "}", line)], span);
    return;
  }
  writer.open(`${beginning}{`, span, writer.afterBrace(name.span.end));
  for (const entry of entries) writer.write([entryDoc(entry), ","], entry.span);
  writer.close("}", span.end);
}
