// A folder for what the tests of a run bundle, within the repository, since bundles ask for packages that are installed there.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    readonly bundles: string;
  }
}

export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(project.config.root, "node_modules", ".tgc-tests-"));
  project.provide("bundles", folder);
  return () => rmSync(folder, { recursive: true });
}
