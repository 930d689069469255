// The server of `tgc lab`: a handful of files, which it has read before, by their exact names, to this machine alone.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { labPolicy } from "../lab/lab-html.ts";
import { whyOf } from "./system-words.ts";

export interface LabFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface LabServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Nobody else on the network can reach it. */
const address = "127.0.0.1";
/**
 * What a browser of this machine calls it, on whatever port, as a tunnel may have another one. A page of elsewhere whose name was made to
 * lead here (DNS rebinding) calls it by that name, and gets nothing.
 */
const ownNames: readonly string[] = [address, "localhost"];
/** How long a request may take to come (ms), and how many callers there may be at a time. Assumed: a page asks for five files. */
const requestMs = 10_000;
const maxConnections = 64;
const maxPort = 65535;

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

const headers = {
  "content-security-policy": `${labPolicy}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // A newer tgc on the same port is seen at once.
  "cache-control": "no-cache",
} as const;

/** Serves files under their names, `index.html` under `/` as well; all else is answered 404. Port 0 is any free one. */
export async function serveLab(files: readonly LabFile[], port: number): Promise<Result<LabServer>> {
  if (port > maxPort) return cannotListen(port, `ports end at ${maxPort}`);
  const byPath = new Map(files.map((file) => [`/${file.name}`, file]));
  const index = byPath.get("/index.html");
  if (index !== undefined) byPath.set("/", index);
  const server = createServer({ headersTimeout: requestMs, requestTimeout: requestMs }, (request, response) =>
    respond(byPath, request, response),
  );
  server.maxConnections = maxConnections;
  const why = await listen(server, port);
  if (why !== undefined) return cannotListen(port, why);
  const { port: given } = server.address() as AddressInfo;
  return ok({ url: `http://${address}:${given}/`, close: () => closeServer(server) });
}

const cannotListen = (port: number, why: string) => fail([at(problem("E1701", { port, address, why }), undefined)]);

/** Gives the reason where it cannot. */
function listen(server: Server, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(whyOf(error)));
    server.listen(port, address, () => {
      // One caller that cannot be accepted, for want of files that may be open, is no reason to end.
      server.on("error", () => {});
      resolve(undefined);
    });
  });
}

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly allow?: string;
}

/** Why a request gets no file, whatever its path. */
function refusalOf({ method, headers: { host, ...sent } }: IncomingMessage): Refusal | undefined {
  if (!ownNames.includes((host ?? "").replace(/:\d*$/, "")))
    return { status: 421, text: "not the name of this server\n" };
  if (method !== "GET" && method !== "HEAD") return { status: 405, text: "only GET and HEAD\n", allow: "GET, HEAD" };
  const hasBody = Number(sent["content-length"] ?? 0) !== 0 || sent["transfer-encoding"] !== undefined;
  return hasBody ? { status: 400, text: "a request here has no body\n" } : undefined;
}

/** What is sent after a refusal is read by nobody: the connection ends with it. */
function refuse(response: ServerResponse, { status, text, allow }: Refusal): void {
  const more = { connection: "close", ...(allow !== undefined && { allow }) };
  response.writeHead(status, { ...headers, "content-type": types.txt, ...more });
  response.end(text);
}

/** The path as it was sent: one that is written in another way is another path. */
function respond(byPath: ReadonlyMap<string, LabFile>, request: IncomingMessage, response: ServerResponse): void {
  const { method, url } = request;
  const file = byPath.get((url ?? "").split("?")[0] ?? "");
  const refusal = refusalOf(request);
  if (refusal !== undefined || file === undefined) {
    refuse(response, refusal ?? { status: 404, text: "not found\n" });
    return;
  }
  const type = types[file.name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
  response.writeHead(200, { ...headers, "content-type": type, "content-length": file.content.length });
  response.end(method === "HEAD" ? undefined : file.content);
}

/** Pages that keep their connections open do not keep it alive. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
