// Error codes E16nn: schedules that are searched for.

import { defineErrors } from "./define.ts";

export const tuningErrors = defineErrors({
  E1601: {
    title: "not a database of tuned schedules",
    message: "{file} is not a database of tuned schedules: {why}",
    help: "`tgc tune --tuned FILE` makes one where there is no such file, and adds to it",
    detail:
      "A database of tuned schedules is a JSON file that `tgc tune` writes; each entry has the fields of one kind of kernel, all of them, for a kernel, a machine and a version of tgc.\n\nWrong: `tgc profile mlp.tg --tuned mlp.tg`\n\nRight: `tgc tune mlp.tg --tuned tuned.json`",
  },
});
