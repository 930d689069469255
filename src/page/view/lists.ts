// The panels that are lists: traffic by tensor, the critical path, and remarks of the passes.

import { formatBytes, formatCount, formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { PathData, PathKernel, RemarkRow, ReportData, TensorRow } from "../page-data.ts";
import { colorOf, element, type Panel, prose, table } from "./dom.ts";

export function trafficPanel({ tensors }: ReportData): Panel {
  const most = Math.max(1, ...tensors.map(({ readBytes, writeBytes }) => readBytes + writeBytes));
  const bar = ({ readBytes, writeBytes }: TensorRow): HTMLElement =>
    element("span", { class: "bar" }, [
      element("span", { class: "bar-part read", style: `width:${(100 * readBytes) / most}%` }),
      element("span", { class: "bar-part write", style: `width:${(100 * writeBytes) / most}%` }),
    ]);
  const rows = tensors.map((tensor) => [
    tensor.name,
    tensor.role,
    formatBytes(tensor.readBytes),
    formatBytes(tensor.writeBytes),
    bar(tensor),
  ]);
  const made = table(["tensor", "role", "read", "written", ""], rows);
  made.classList.add("wide");
  return { id: "traffic", title: "Traffic by tensor", content: [made], note: "Bytes read from and written to HBM." };
}

export function pathPanel(report: ReportData): Panel {
  const { path } = report;
  const note =
    "The chain of executions and waits that made the time, from the launch to the last result. Only what is on it can make the program faster.";
  const content =
    path === undefined
      ? [element("p", { class: "empty" }, ["The run was too long to be traced."])]
      : pathRows(path, report);
  return { id: "path", title: "Critical path", content, note };
}

function pathRows(path: PathData, { kernels, timeNs }: ReportData): readonly HTMLElement[] {
  const colorOfKernel = (name: string): string => colorOf(kernels.findIndex((kernel) => kernel.name === name));
  const grey = "var(--muted)";
  const parts = [
    { name: "launch", ns: path.launchNs, color: grey },
    ...path.kernels.map(({ kernel, ns }) => ({ name: kernel, ns, color: colorOfKernel(kernel) })),
    { name: "tokens", ns: path.tokensNs, color: "var(--waiting)" },
    { name: "end", ns: path.endNs, color: grey },
  ];
  const bar = element(
    "div",
    { class: "bar tall" },
    parts.map(({ name, ns, color }) =>
      element(
        "span",
        {
          class: "bar-part",
          style: `width:${(100 * ns) / timeNs}%;background:${color}`,
          title: `${name} ${formatNs(ns)}`,
        },
        [ns > 0.05 * timeNs ? name : ""],
      ),
    ),
  );
  return [bar, ...path.kernels.map((kernel) => kernelRow(kernel))];
}

function kernelRow({ kernel, ns, parts }: PathKernel): HTMLElement {
  const steps = parts.flatMap(({ unit, what, ns: own, executions }, index) => {
    const times = executions === 1 ? "" : `, ${formatCount(executions)} times`;
    const step = element("span", { class: `step unit-${unit}` }, [
      element("b", {}, [`${unit} ${what}`]),
      ` ${formatNs(own)}${times}`,
    ]);
    return index === 0 ? [step] : [element("span", { class: "arrow" }, ["\u2192"]), step];
  });
  const head = element("div", { class: "path-name" }, [element("b", {}, [kernel]), ` ${formatNs(ns)}`]);
  return element("div", { class: "path-row" }, [head, element("div", { class: "steps" }, steps)]);
}

export function remarksPanel(remarks: readonly RemarkRow[], showLines: (lines: readonly number[]) => void): Panel {
  const rows = remarks.map((remark) => remarkRow(remark, showLines));
  const content =
    rows.length === 0
      ? [element("p", { class: "empty" }, ["The passes had nothing to say."])]
      : [element("ul", { class: "remarks" }, rows)];
  return { id: "remarks", title: "Remarks", content, note: "What the passes did, and what they did not do and why." };
}

function remarkRow({ kind, pass, text, line }: RemarkRow, showLines: (lines: readonly number[]) => void): HTMLElement {
  const place: HTMLElement[] = [];
  if (line !== undefined) {
    const link = element("button", { type: "button", class: "link" }, [`line ${line}`]);
    link.addEventListener("click", () => showLines([line]));
    place.push(link);
  }
  return element("li", { class: kind }, [element("b", {}, [pass]), " ", ...prose(text), " ", ...place]);
}
