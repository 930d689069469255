// A mapping's fields as the text of a schedule, those that have their defaults, too: the mapping says them.

import { printAttrValue } from "../../ir-spec/base/attr.ts";
import { contractFields } from "../../passes/lower/contract/fields.ts";
import type { MappedFields } from "./mapping-schedule.ts";

/** `kernel *` has them all. */
export function printMappedSchedule(fields: MappedFields): string {
  const entries = Object.entries(contractFields).flatMap(([name, spec]) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? [] : [`    ${name}=${printAttrValue(spec, value)},\n`];
  });
  return `schedule mapping for GRAPH {\n  kernel * {\n${entries.join("")}  }\n}\n`;
}
