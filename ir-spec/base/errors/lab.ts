// E17xx: pictures, and the lab's page, its links and its server.

import { defineErrors } from "./define.ts";

export const labErrors = defineErrors({
  E1701: {
    title: "port that cannot be listened on",
    message: "port {port} of {address} cannot be listened on: {why}",
    help: "choose another one with `--port`; with `--port 0` the system picks a free one",
    detail:
      "`tgc lab` serves its page on one port of this machine, which no other program may have.\n\nWrong: `tgc lab --port 4040` twice at a time\n\nRight: `tgc lab --port 0`",
  },
  E1702: {
    title: "link that is none of the lab's",
    message: "the link does not hold a program: {why}",
    help: "copy the whole link, as the page's share button gives it",
    detail:
      "A link of the lab's page holds the program and its options after the `#`, compressed. It is refused where it is cut off, changed, or larger than a program is.\n\nWrong: the first half of a link, broken by a mail program\n\nRight: the whole link",
  },
  E1703: {
    title: "picture of what is no graph",
    message: "the passes on {file} end with a tile program, expected a graph for `--dot`",
    help: "leave `lower` out of the passes; `tgc report` shows tile programs with what they are made of",
    detail:
      "A graph is drawn as its ops and the values between them. A tile program is a nest of loops, which is read as a text.\n\nWrong: `tgc opt mlp.tg --passes lower --dot`\n\nRight: `tgc opt mlp.tg --dot`",
  },
});
