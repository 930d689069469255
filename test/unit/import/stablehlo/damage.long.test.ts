// Ten thousand damaged texts of valid programs.
import { test } from "vitest";
import { damage } from "./damage.ts";
import { readProgram } from "./support.ts";

test.each(["mlp.mlir", "layer-norm.mlir", "attention.mlir"])("%s", (name) => {
  damage(readProgram(name), 1, 3334);
});
