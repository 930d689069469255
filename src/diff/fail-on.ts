// `--fail-on`: from which verdict on a comparison fails, and which growth of a figure is let pass.

import { type DiffReport, growthPercent, type Verdict, verdicts } from "./report.ts";

/** `meaning`, `performance`, `performance:5%`, `cosmetic`. */
export const failOnForm = /^(meaning|cosmetic|performance(:\d+(\.\d+)?%?)?)$/;

/**
 * Whether a report fails. With a share, what fails is a figure that grew by more; an order of independent instructions may be
 * cosmetic and still take its time.
 */
export function failsOn({ verdict, figures }: DiffReport, failOn: string): boolean {
  const [level, percent] = failOn.split(":");
  const rank = (of: string | undefined): number => verdicts.indexOf(of as Verdict);
  if (percent === undefined || verdict === "meaning") return rank(verdict) >= rank(level);
  // Where there are no figures, none is known to be within the share.
  if (figures.length === 0) return verdict === "performance";
  return figures.some((figure) => growthPercent(figure) > Number.parseFloat(percent));
}
