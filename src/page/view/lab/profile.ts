// The profile: its kernels as a table, and the text of `tgc profile`.

import { formatNs, formatPercent } from "../../../../ir-spec/base/format-numbers.ts";
import type { ReportData } from "../../page-data.ts";
import { element, type Panel, table } from "../dom.ts";

export function profilePanels({ kernels, timeNs }: ReportData, text: string): readonly Panel[] {
  const rows = kernels.map(({ name, ops, exclusiveNs, bound, schedule }) => [
    name,
    formatNs(exclusiveNs),
    formatPercent((100 * exclusiveNs) / timeNs),
    bound,
    ops,
    schedule,
  ]);
  const made = table(["kernel", "time", "of time", "bound", "ops", "schedule"], rows);
  return [
    { id: "kernels", title: "Kernels", content: [element("div", { class: "scroll" }, [made])] },
    {
      id: "profile",
      title: "Profile",
      content: [element("div", { class: "scroll" }, [element("pre", { class: "text" }, [text])])],
    },
  ];
}
