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
  const server = createServer((request, response) => respond(byPath, request, response));
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
    server.listen(port, address, () => resolve(undefined));
  });
}

/** The path as it was sent: one that is written in another way is another path. */
function respond(
  byPath: ReadonlyMap<string, LabFile>,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): void {
  const isRead = method === "GET" || method === "HEAD";
  const file = byPath.get((url ?? "").split("?")[0] ?? "");
  if (!isRead || file === undefined) {
    const status = isRead ? 404 : 405;
    response.writeHead(status, { ...headers, "content-type": types.txt, ...(isRead ? {} : { allow: "GET, HEAD" }) });
    response.end(isRead ? "not found\n" : "only GET and HEAD\n");
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
