// `tgc lab`: what its server gives to whom, and how it ends.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type LabServer, serveLab } from "../../../src/cli/lab-server.ts";
import { bundledCommand } from "../../bundled-command.ts";
import { makeFolder } from "./run-in-folder.ts";

const folder = makeFolder();
const files = ["index.html", "lab.js", "lab.css"].map((name) => ({ name, content: Buffer.from(`this is ${name}`) }));

async function serve(port = 0): Promise<LabServer> {
  const server = await serveLab(files, port);
  invariant(server.ok, JSON.stringify(server));
  return server.value;
}

const shared = await serve();
const port = Number(new URL(shared.url).port);
afterAll(async () => {
  await shared.close();
  folder.remove();
});

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** The path as it is: `fetch` would tidy it up. */
function get(path: string, method = "GET", headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("gives its files, and the page for the root", async () => {
  for (const [path, body] of [
    ["/", "this is index.html"],
    ["/index.html", "this is index.html"],
    ["/lab.js?1", "this is lab.js"],
  ] as const) {
    expect(await get(path)).toMatchObject({ status: 200, body });
  }
  expect((await get("/lab.css")).headers["content-type"]).toBe("text/css; charset=utf-8");
});

test("says by a strict policy what the page may load", async () => {
  const { headers } = await get("/");
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|http|\*/);
  expect(headers["x-content-type-options"]).toBe("nosniff");
});

test.each([
  "/../package.json",
  "/..%2fpackage.json",
  "/%2e%2e/package.json",
  "//etc/passwd",
  "/./lab.js",
  "/lab.js/",
  "/lab.js/../lab.js",
  "/LAB.JS",
  "/lab.js%00",
  "/..\\package.json",
  "/%",
  "/__proto__",
  "/constructor",
  "http://127.0.0.1/lab.js",
  "/favicon.ico",
])("answers 404 to %s", async (path) => {
  expect(await get(path)).toMatchObject({ status: 404, body: "not found\n" });
});

test("takes no method but those that read", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await get("/", method)).status).toBe(405);
  expect(await get("/", "HEAD")).toMatchObject({ status: 200, body: "" });
});

test("is called by its own names alone, on any port, so that no page of elsewhere is led here", async () => {
  for (const host of ["127.0.0.1", `localhost:${port}`, "localhost:8080"]) {
    expect(await get("/", "GET", { host })).toMatchObject({ status: 200 });
  }
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "127.0.0.1:4040:1", "[::1]"]) {
    const { status, body, headers } = await get("/", "GET", { host });
    expect([host, status, body]).toEqual([host, 421, "not the name of this server\n"]);
    expect(headers.connection).toBe("close");
  }
});

/** What comes back for bytes as they are, until the server ends the connection. */
function send(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
}

test("ends the connection on who sends more than a request, without reading it", async () => {
  const host = "Host: 127.0.0.1\r\n";
  expect(await send(`POST / HTTP/1.1\r\n${host}Content-Length: 99999999999\r\n\r\nx`)).toMatch(/^HTTP\/1\.1 405 /);
  expect(await send(`GET / HTTP/1.1\r\n${host}Content-Length: 99999999999\r\n\r\nx`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await send(`GET / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(await send(`GET / HTTP/1.1\r\n${host}X: ${"x".repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await send("GET / HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect((await get("/")).status).toBe(200);
});

test("survives what is no request", async () => {
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end("GET / HTTP/9.9\r\n\0\r\n\r\n"));
    socket.on("error", () => resolve());
    socket.on("close", () => resolve());
    socket.resume();
  });
  expect((await get("/")).status).toBe(200);
});

test("a port that is taken is reported", async () => {
  const second = await serveLab(files, port);
  expect(second.ok ? [] : second.error).toMatchObject([{ code: "E1701", args: { port, address: "127.0.0.1" } }]);
});

test("a closed server answers nobody, though a connection is open", async () => {
  const server = await serve();
  const { port: own } = new URL(server.url);
  const socket = connect(Number(own), "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow();
  socket.destroy();
});

test("the command prints the address, serves what the build made, and ends at an interrupt", async () => {
  const child = spawn(process.execPath, [join(await bundledCommand(), "tgc.js"), "lab", "--port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const line = await new Promise<string>((resolve) => child.stdout.setEncoding("utf8").once("data", resolve));
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0] ?? "";
  expect(await (await fetch(url)).text()).toContain('<script defer src="lab.js">');
  const ended = new Promise((resolve) => child.once("close", (code) => resolve(code)));
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(log).toBe("");
});

test("the command writes the page into a folder", async () => {
  const { bytes, files: listed } = await folder.json("lab", "--out", "site");
  const names = (listed as readonly { readonly name: string }[]).map(({ name }) => name);
  expect(readdirSync(join(folder.path, "site")).sort()).toEqual(names.sort());
  expect(names).toEqual(["NOTICES.txt", "index.html", "lab-worker.js", "lab.css", "lab.js"]);
  expect(bytes).toBeLessThan(2_500_000);
});
