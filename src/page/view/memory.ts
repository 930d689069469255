// Maps of SBUF and PSUM over time: each buffer at its addresses, as long as its kernel runs.

import { formatBytes, formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { BufferPlace, ReportData } from "../page-data.ts";
import { colorOf, element, type Panel, svg, titled } from "./dom.ts";

const width = 860;
const left = 64;
const height = 190;
const bottom = 22;

/** More rectangles slow the page down and cannot be distinguished. */
const maxDrawn = 2000;

export function memoryPanel(report: ReportData): Panel {
  const { memory } = report;
  const note =
    "Addresses in each partition from the bottom up, time to the right; colors are kernels. Slots of a buffer are drawn together.";
  const maps = [map(report, "sbuf", memory.sbufBytes), map(report, "psum", memory.psumBytes)];
  return { id: "memory", title: "Memory on chip", content: maps, note };
}

function map(report: ReportData, name: BufferPlace["memory"], capacityBytes: number): HTMLElement {
  const { memory, kernels, timeNs } = report;
  const places = memory.places.filter((place) => place.memory === name).slice(0, maxDrawn);
  const x = (ns: number): number => left + (ns / timeNs) * (width - left - 8);
  const y = (bytes: number): number => height - bottom - (bytes / capacityBytes) * (height - bottom - 8);
  const marks = places.map((place) => {
    const kernel = kernels[place.kernel];
    const [from, to] = [kernel?.startNs ?? 0, kernel?.endNs ?? 0];
    const bytes = place.slotBytes * place.slots;
    const rect = svg("rect", {
      x: x(from),
      width: Math.max(1, x(to) - x(from)),
      y: y(place.addressBytes + bytes),
      height: Math.max(0.5, y(place.addressBytes) - y(place.addressBytes + bytes)),
      class: "place",
      style: `fill:${colorOf(place.kernel)}`,
    });
    const slots = place.slots === 1 ? "" : `, ${place.slots} slots`;
    return titled(
      rect,
      `${place.name} of ${kernel?.name}: ${formatBytes(bytes)} at ${formatBytes(place.addressBytes)}${slots}`,
    );
  });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": `${name} over time` },
    [
      ...levels(capacityBytes, y),
      ...marks,
      svg("text", { class: "tick", x: width - 8, y: height - 6, "text-anchor": "end" }, [formatNs(timeNs)]),
    ],
  );
  return element("div", {}, [element("h3", {}, [`${name.toUpperCase()}, per partition`]), drawing]);
}

function levels(capacityBytes: number, y: (bytes: number) => number): readonly SVGElement[] {
  return [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    svg("line", { class: "grid", x1: left, x2: width - 8, y1: y(share * capacityBytes), y2: y(share * capacityBytes) }),
    svg("text", { class: "tick", x: left - 6, y: y(share * capacityBytes) + 4, "text-anchor": "end" }, [
      formatBytes(Math.round(share * capacityBytes)),
    ]),
  ]);
}
