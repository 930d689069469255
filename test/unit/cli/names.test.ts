// Names from files: none becomes a path, and no control character of one reaches the terminal.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { showExcerpt, showName, showText } from "../../../ir-spec/base/shown-text.ts";
import { fileNameOf } from "../../../src/cli/write-files.ts";
import { makeFolder } from "./run-in-folder.ts";

const copyTo = (name: string): string => `stream g for tiny
tensor x: f32[8, 8] input @0x0, ${JSON.stringify(name)}: f32[8, 8] output @0x100
kernel 0 k (copy) schedule ""
queue dma0 {
  kernel 0: dma_copy dst=hbm ${JSON.stringify(name)}[0x0; 8:8; 8:1] f32, src=hbm x[0x0; 8:8; 8:1] f32
}
`;

const folder = makeFolder();
beforeAll(() => {
  folder.write("a/away.s", copyTo("../evil"));
  folder.write("a/root.s", copyTo("/tmp/tgc-evil"));
  folder.write("a/signs.s", copyTo("\u001b]0;title\u0007\n\u009b2J\u202eerror[E9001]"));
  folder.write("a/bad-signs.s", copyTo("y").replace("src=hbm x", 'src=hbm "\u001b[31m\u009bx"'));
  folder.write("a/bad-machine.s", copyTo("y").replace("for tiny", 'for "\\u001b[31m\\nerror: x"'));
});
afterAll(() => folder.remove());

test("outputs are written into the folder that is given, whatever they are called", async () => {
  const away = await folder.run("run", "a/away.s", "--out", "a/out");
  expect(away.exitCode).toBe(0);
  expect(readdirSync(join(folder.path, "a/out"))).toEqual(["%2E.%2Fevil.npy"]);
  expect(existsSync(join(folder.path, "a/evil.npy"))).toBe(false);
  const root = await folder.json("run", "a/root.s", "--out", "a/root");
  expect(root.files).toEqual(["a/root/%2Ftmp%2Ftgc-evil.npy"]);
});

test.each([
  ["run", "a/signs.s"],
  ["run", "a/signs.s", "--json"],
  ["profile", "a/signs.s"],
  ["asm", "a/signs.s"],
  ["asm", "a/bad-signs.s"],
  ["asm", "a/bad-signs.s", "--json"],
  ["asm", "a/bad-machine.s"],
  ["run", "a/\u001b[31m\u009bno.s"],
  ["run", "a/signs.s", "--\u001b[31mno"],
])("tgc %s %s %s", async (...call) => {
  const { out, log } = await folder.run(...call.filter((word) => word !== undefined));
  expect(out + log).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  expect(out + log).not.toMatch(/^error: x|^error\[E9001\]/m);
  expect(out + log).not.toBe("");
});

test("what is shown", () => {
  expect(showName("a\nb\u001b\u{e0001}")).toBe("a\\u000ab\\u001b\\udb40\\udc01");
  expect(showName("größe \u{1f600}")).toBe("größe \u{1f600}");
  expect(showName("x".repeat(5000))).toHaveLength(1003);
  expect(showText("a\n\tb\r\n\u0085\ud800")).toBe("a\n\tb\\u000d\n\\u0085\\ud800");
  expect(showExcerpt("a\tb\u001b\u200d\u{e0001}c")).toBe("a b\ufffd\ufffd\ufffd\ufffdc");
});

test("names of files", () => {
  const names = ["y", "h.0", "..", "", "a/b", "C:\\x", "nul", "Com1.x", "ü", "a%2Fb", "-r", "__proto__"];
  const files = [
    "y",
    "h.0",
    "%2E.",
    "%",
    "a%2Fb",
    "C%3A%5Cx",
    "%6Eul",
    "%43om1.x",
    "%C3%BC",
    "a%252Fb",
    "-r",
    "__proto__",
  ];
  expect(names.map(fileNameOf)).toEqual(files);
});
