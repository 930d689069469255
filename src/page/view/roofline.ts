// The roofline: what a machine allows for an intensity, and where the program and its kernels are, both axes logarithmic.

import { scaleLog } from "d3-scale";
import { formatCount, toThreeDigits } from "../../../ir-spec/base/format-numbers.ts";
import type { Roof, Roofline, RooflinePoint } from "../page-data.ts";
import { colorOf, element, type Panel, svg, titled } from "./dom.ts";
import { freeLabelY, type LabelPlace, labelHeight, letterWidth } from "./plot-labels.ts";

const width = 860;
const height = 340;
const margin = { left: 86, right: 24, top: 16, bottom: 44 };

type Scale = (value: number) => number;
interface Scales {
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly range: readonly [number, number];
}

export function rooflinePanel(roofline: Roofline): Panel {
  const note =
    "Operations of products against bytes moved to and from HBM. A point far below the line waits, or other units limit it.";
  const { points } = roofline;
  const content =
    points.length === 0
      ? [element("p", { class: "empty" }, ["The program has no products: the roofline is of the systolic array."])]
      : [drawing(roofline)];
  return { id: "roofline", title: "Roofline", content, note };
}

const ridgeOf = ({ peakFlops, bytesPerSecond }: Roof): number => peakFlops / bytesPerSecond;

function scalesOf({ roofs, points }: Roofline): Scales {
  const intensities = [...points.map(({ flopsPerByte }) => flopsPerByte), ...roofs.map(ridgeOf)];
  const rates = [...points.map(({ flopsPerSecond }) => flopsPerSecond), ...roofs.map(({ peakFlops }) => peakFlops)];
  const [low, high] = [Math.min(...intensities) / 4, Math.max(...intensities) * 8];
  const x = scaleLog([low, high], [margin.left, width - margin.right]);
  const bottom = Math.min(...rates, ...roofs.map(({ bytesPerSecond }) => bytesPerSecond * low));
  const y = scaleLog([bottom / 2, Math.max(...rates) * 2], [height - margin.bottom, margin.top]);
  return { x, y, xTicks: decades(x.ticks()), yTicks: decades(y.ticks()), range: [low, high] };
}

/** Powers of ten alone, unless there are few of them. */
function decades(ticks: readonly number[]): readonly number[] {
  const tens = ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return tens.length >= 2 ? tens : ticks.filter((_tick, index) => index % 3 === 0);
}

function drawing(roofline: Roofline): SVGElement {
  const scales = scalesOf(roofline);
  // The label of the highest roof is above it, those of others below theirs, so that they do not cover each other.
  const roofs = roofline.roofs.toSorted((a, b) => b.peakFlops - a.peakFlops);
  const lines = roofs.flatMap((roof, index) => roofLine(roof, index, scales));
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": "roofline" }, [
    ...axes(scales),
    ...lines,
    ...pointMarks(roofline.points, scales),
  ]);
}

function axes({ x, y, xTicks, yTicks }: Scales): readonly SVGElement[] {
  const [bottom, right] = [height - margin.bottom, width - margin.right];
  const vertical = xTicks.flatMap((tick) => [
    svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: margin.top, y2: bottom }),
    svg("text", { class: "tick", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, [String(tick)]),
  ]);
  const horizontal = yTicks.flatMap((tick) => [
    svg("line", { class: "grid", x1: margin.left, x2: right, y1: y(tick), y2: y(tick) }),
    svg("text", { class: "tick", x: margin.left - 8, y: y(tick) + 4, "text-anchor": "end" }, [
      `${formatCount(tick)}flop/s`,
    ]),
  ]);
  const title = svg("text", { class: "axis", x: right, y: height - 6, "text-anchor": "end" }, [
    "intensity, flop per byte",
  ]);
  return [...vertical, ...horizontal, title];
}

function roofLine(roof: Roof, index: number, { x, y, range: [low, high] }: Scales): readonly SVGElement[] {
  const ridge = ridgeOf(roof);
  const corners = [
    [low, roof.bytesPerSecond * low],
    [ridge, roof.peakFlops],
    [high, roof.peakFlops],
  ] as const;
  const path = corners.map(([flopsPerByte, rate]) => `${x(flopsPerByte)},${y(rate)}`).join(" ");
  const words = `${roof.name}: ${formatCount(roof.peakFlops)}flop/s from ${toThreeDigits(ridge)} flop/B on`;
  const label = svg(
    "text",
    {
      class: "tick",
      x: x(high) - 4,
      y: y(roof.peakFlops) + (index === 0 ? -6 : 2 + labelHeight * index),
      "text-anchor": "end",
    },
    [words],
  );
  return [svg("polyline", { class: `roof roof-${index}`, points: path }), label];
}

/**
 * Labels are beside their points, and moved down where they would cover each other. Where there is no room left above the axis a
 * point has no label, only its tooltip.
 */
function pointMarks(points: readonly RooflinePoint[], { x, y }: Scales): readonly SVGElement[] {
  const placed: LabelPlace[] = [];
  const bottom = height - margin.bottom;
  return points
    .toSorted((a, b) => b.flopsPerSecond - a.flopsPerSecond)
    .map((point) => {
      const [cx, cy] = [x(point.flopsPerByte), y(point.flopsPerSecond)];
      const width = letterWidth * point.name.length;
      const labelY = freeLabelY(placed, { x: cx, y: cy + 4, width }, bottom);
      if (labelY !== undefined) placed.push({ x: cx, y: labelY, width });
      return pointMark(point, { cx, cy, labelY });
    });
}

interface PointPlace {
  readonly cx: number;
  readonly cy: number;
  readonly labelY: number | undefined;
}

function pointMark(
  { name, flopsPerByte, flopsPerSecond, isWhole, color }: RooflinePoint,
  place: PointPlace,
): SVGElement {
  const { cx, cy, labelY } = place;
  const words = `${name}: ${toThreeDigits(flopsPerByte)} flop/B, ${formatCount(flopsPerSecond)}flop/s`;
  const mark = svg("circle", { cx, cy, r: isWhole ? 7 : 5, style: `fill:${colorOf(color)}`, class: "point" });
  const label = labelY === undefined ? [] : [svg("text", { class: "tick", x: cx + 10, y: labelY }, [name])];
  return titled(svg("g", {}, [mark, ...label]), words);
}
