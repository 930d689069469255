// `tgc mapping`: what another tool's mapping of a product says.

import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { showText } from "../../../ir-spec/base/shown-text.ts";
import { defaultMachineName } from "../../driver/targets.ts";
import { countAccesses } from "../../mappings/count-accesses.ts";
import { productSizes } from "../../mappings/mapping.ts";
import { mappingFields } from "../../mappings/mapping-schedule.ts";
import { printMappedSchedule } from "../../mappings/print-fields.ts";
import { readMapping } from "../../mappings/read-mapping.ts";
import { printMapping } from "../../report/print-mapping.ts";
import { readSource } from "../files.ts";
import { loadMachineTarget } from "../load-comparison.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function mappingCommand({ args, options }: Given<"mapping">, { io }: CommandContext): CommandResult {
  const sources = args.files.map((file) => readSource(io.cwd, file));
  const unread = sources.flatMap((source) => (source.ok ? [] : source.error));
  if (unread.length > 0) return stop(unread);
  const target = loadMachineTarget(io.cwd, options.target ?? defaultMachineName, options.set);
  if (!target.ok) return target;
  const mapping = readMapping(sources.flatMap((source) => (source.ok ? [source.value] : [])));
  if (!mapping.ok) return mapping;
  const accesses = countAccesses(mapping.value);
  const fields = mappingFields(mapping.value, target.value.machine);
  const why = fields.ok ? "" : fields.error.map(({ code, args: holes }) => errorMessage(code, holes)).join("; ");
  const schedule = fields.ok ? printMappedSchedule(fields.value) : `${showText(why)}\n`;
  const { tool } = mapping.value;
  const json = {
    tool,
    product: productSizes(mapping.value),
    accesses,
    ...(fields.ok ? { fields: fields.value, schedule } : { reason: why }),
  };
  return done(printMapping(mapping.value, accesses, schedule), json);
}
