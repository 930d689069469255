// Numbers as people read them in tables: times, bytes, counts, with their units.

function scaled(value: number, step: number, units: readonly string[]): string {
  let index = 0;
  let rest = value;
  while (Math.abs(rest) >= step && index < units.length - 1) {
    rest /= step;
    index++;
  }
  const digits = index === 0 && Number.isInteger(rest) ? String(rest) : toThreeDigits(rest);
  return `${digits} ${units[index]}`.trimEnd();
}

/** Three digits, or as many as are before the point: `1.23`, `12.3`, `123`. */
export function toThreeDigits(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2);
}

/** `1.23 us` */
export function formatNs(ns: number): string {
  return scaled(ns, 1000, ["ns", "us", "ms", "s"]);
}

/** `1.23 mJ` */
export function formatPj(pj: number): string {
  return scaled(pj, 1000, ["pJ", "nJ", "uJ", "mJ", "J"]);
}

/** `1.23 MiB` */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** `1.23 G` */
export function formatCount(count: number): string {
  return scaled(count, 1000, ["", "K", "M", "G", "T", "P"]);
}

/** `12.3 %` */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(1)} %`;
}
