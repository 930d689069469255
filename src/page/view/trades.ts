// What runs take of time and of memory on chip, both axes logarithmic: those that no other run beats in both are filled.

import { scaleLog } from "d3-scale";
import { formatBytes, formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { TradePoint } from "../page-data.ts";
import { colorOf, element, type Panel, svg, titled } from "./dom.ts";
import { freeLabelY, type LabelPlace, letterWidth } from "./plot-labels.ts";

const width = 860;
const height = 340;
const margin = { left: 86, right: 130, top: 16, bottom: 44 };
const [bottom, right] = [height - margin.bottom, width - margin.right];

export function tradesPanel(points: readonly TradePoint[]): Panel {
  const note =
    "Less is better in both. A filled point is on the Pareto front of its machine and sizes: no other run is as good in both and better in one.";
  const content = points.length === 0 ? [element("p", { class: "empty" }, ["No run fits."])] : [drawing(points)];
  return { id: "trades", title: "Time against memory", content, note };
}

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Doubling steps, at most about eight of them. */
function makeAxis(values: readonly number[], range: readonly [number, number]): Axis {
  const positive = values.map((value) => Math.max(1, value));
  const [low, high] = [Math.min(...positive) / 1.5, Math.max(...positive) * 1.5];
  const step = 2 ** Math.max(1, Math.ceil(Math.log2(high / low) / 8));
  const first = Math.min(...positive);
  const ticks = Array.from({ length: 9 }, (_tick, index) => first * step ** index).filter((tick) => tick <= high);
  const scale = scaleLog([low, high], range);
  return { at: (value) => scale(Math.max(1, value)), ticks };
}

function drawing(points: readonly TradePoint[]): SVGElement {
  const x = makeAxis(
    points.map(({ timeNs }) => timeNs),
    [margin.left, right],
  );
  const y = makeAxis(
    points.map(({ sbufBytes }) => sbufBytes),
    [bottom, margin.top],
  );
  const placed: LabelPlace[] = [];
  const marks = points
    .toSorted((a, b) => b.sbufBytes - a.sbufBytes)
    .map((point) => {
      const [cx, cy] = [x.at(point.timeNs), y.at(point.sbufBytes)];
      const place = { x: cx, y: cy + 4, width: letterWidth * point.name.length };
      const labelY = freeLabelY(placed, place, bottom);
      if (labelY !== undefined) placed.push({ ...place, y: labelY });
      return pointMark(point, [cx, cy], labelY);
    });
  const label = "time against memory on chip";
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": label }, [
    ...axes(x, y),
    ...marks,
  ]);
}

function axes(x: Axis, y: Axis): readonly SVGElement[] {
  const vertical = x.ticks.flatMap((tick) => [
    svg("line", { class: "grid", x1: x.at(tick), x2: x.at(tick), y1: margin.top, y2: bottom }),
    svg("text", { class: "tick", x: x.at(tick), y: bottom + 16, "text-anchor": "middle" }, [formatNs(tick)]),
  ]);
  const horizontal = y.ticks.flatMap((tick) => [
    svg("line", { class: "grid", x1: margin.left, x2: right, y1: y.at(tick), y2: y.at(tick) }),
    svg("text", { class: "tick", x: margin.left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, [formatBytes(tick)]),
  ]);
  const title = svg("text", { class: "axis", x: right, y: height - 6, "text-anchor": "end" }, [
    "time; upwards the peak of SBUF per partition",
  ]);
  return [...vertical, ...horizontal, title];
}

function pointMark(
  { name, timeNs, sbufBytes, color, isOnFront }: TradePoint,
  [cx, cy]: readonly [number, number],
  labelY: number | undefined,
): SVGElement {
  const fill = isOnFront ? colorOf(color) : "var(--panel)";
  const style = `fill:${fill};stroke:${colorOf(color)};stroke-width:2`;
  const mark = svg("circle", { cx, cy, r: 6, style, class: "point" });
  const label = labelY === undefined ? [] : [svg("text", { class: "tick", x: cx + 10, y: labelY }, [name])];
  const end = isOnFront ? ", on the front" : "";
  return titled(svg("g", {}, [mark, ...label]), `${name}: ${formatNs(timeNs)}, ${formatBytes(sbufBytes)}${end}`);
}
