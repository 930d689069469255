// `npm run models -- DIR`: writes a layer of BERT and one of GPT-2 as ONNX models, in their published sizes.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSizes, sampleModels } from "./transformers.ts";

const [folder = "models"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of sampleModels(publishedSizes)) {
  writeFileSync(join(folder, name), bytes);
  process.stdout.write(`${join(folder, name)}\n`);
}
