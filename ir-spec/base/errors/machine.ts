// Error codes E11nn: machine files.

import { defineErrors } from "./define.ts";

export const machineErrors = defineErrors({
  E1101: {
    title: "machine file is not JSON",
    message: "the machine file is not JSON: {found}",
    help: "machine files are plain JSON without comments or trailing commas",
    detail:
      'A machine file has the form `{"schema": "tgc.machine/1", "name": ..., "summary": ..., "fields": {"partitions": {"value": 128, "source": "documented: ..."}, ...}}`. MACHINE.md lists the fields.',
  },
  E1102: {
    title: "machine file lacks a field",
    message: "{path} is missing, expected {expected}",
    help: "copy a shipped machine file and change its numbers; MACHINE.md lists the fields",
    detail: "A machine file has a name, a summary and fields; each field has a value and a source.",
  },
  E1103: {
    title: "machine file has an unknown field",
    message: "{path} is not a field of a machine file",
    help: "see MACHINE.md for the fields",
    detail: "Unknown fields are refused, so a misspelt one is not mistaken for a missing one.",
  },
  E1104: {
    title: "wrong type in a machine file",
    message: "{path} is {found}, expected {expected}",
    help: "see MACHINE.md for the form of a machine file",
    detail:
      'Each field is an object with a number `value` and a text `source`. Right: `{"value": 8, "source": "assumed: ..."}`.',
  },
  E1105: {
    title: "number out of range in a machine file",
    message: "{path} is {found} {unit}, expected {expected}",
    help: "check the unit, which is part of the field's name",
    detail:
      "Each field has a range that catches obvious slips (MB for B, GHz for Hz). MACHINE.md lists units and ranges.",
  },
  E1106: {
    title: "number without a proper source",
    message:
      "{path} has the source `{found}`, expected `documented: <where>`, `measured: <by whom>` or `assumed: <why>`",
    help: "say where the number comes from",
    detail:
      "A simulated time is as good as the numbers it is based on, so each one says whether it is documented, measured or assumed, and by what or why.",
  },
  E1107: {
    title: "numbers of a machine file contradict each other",
    message: "{path} is {found}, expected {expected}",
    help: "change one of the two fields",
    detail:
      "Some numbers depend on each other: the array's rows are partitions, and one matmul's result fits in a PSUM bank.",
  },
  E1108: {
    title: "duplicate field in a machine file",
    message: "{path} is given twice",
    help: "keep one of them",
    detail: "JSON readers disagree on which of two equal names wins, so tgc refuses both.",
  },
  E1109: {
    title: "incomplete machine file",
    message: "{found} of the {expected} fields are missing",
    help: 'add them, each with its source, or say `"extends": "trn2"` and give only what differs',
    detail:
      'Every number of the machine is given, none has a default: a forgotten number would be a silent guess. A file that extends a shipped machine has that one\'s numbers and sources where it says nothing.\n\nRight: `{"schema": "tgc.machine/1", "name": "mine", "summary": "more SBUF", "extends": "trn2", "fields": {"sbufBytesPerPartition": {"value": 262144, "source": "assumed: ..."}}}`',
  },
  E1110: {
    title: "target without a machine",
    message: "`--set` changes the numbers of a machine, and the target {name} has none",
    help: "name a machine with `--target`, or leave `--set` out",
    detail:
      "WebGPU programs depend on limits of the adapter, not on a machine file.\n\nWrong: `--target webgpu --set peRows=64`\n\nRight: `--target trn2 --set peRows=64`",
  },
  E1111: {
    title: "no machine is named",
    message: "`tgc machine {action}` needs the name of a machine or of a machine file",
    help: "`tgc list machines` prints the names of those that ship",
    detail: "Wrong: `tgc machine diff trn1`\n\nRight: `tgc machine diff trn1 trn2`",
  },
});
