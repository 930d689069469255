// The committed WebAssembly modules are those that their texts make.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makeWasmFile, wasmFiles } from "../../../src/build/wasm.ts";

test.each(wasmFiles)("$path is what $text makes", async (file) => {
  expect(readFileSync(file.path, "utf8")).toBe(await makeWasmFile(file));
});
