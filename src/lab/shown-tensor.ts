// A tensor as the page shows it: a line about it, and all its values where they are few.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { elementCount, printType, type Tensor } from "../../ir-spec/base/tensor.ts";
import { printSummary } from "../report/summarize-tensor.ts";
import type { ShownTensor } from "./lab-data.ts";

/** More are not read one by one. */
const maxShownElements = 256;
const maxColumns = 16;

export function showTensor(name: string, tensor: Tensor): ShownTensor {
  return { name, type: printType(tensor), summary: printSummary(name, tensor).trimEnd(), rows: rowsOf(tensor) };
}

/** A row for each index but the last one's. */
function rowsOf({ shape, data }: Tensor): ShownTensor["rows"] {
  const columns = shape.at(-1) ?? 1;
  if (elementCount(shape) > maxShownElements || columns > maxColumns) return undefined;
  const cells = [...data].map((value) => printNumber(Number(value.toPrecision(6))));
  return Array.from({ length: cells.length / columns }, (_row, index) =>
    cells.slice(index * columns, (index + 1) * columns),
  );
}
