// What names mean at a place: those of the place's own body, and of the bodies around it. A body takes no copy of what
// is around it, so that many small bodies in a large one cost no more than what is in them.

export interface Scoped<K, V> {
  /** Filled in as the body is gone through. */
  readonly own: Map<K, V>;
  readonly outer?: Scoped<K, V>;
}

/** The scope of a body in which nothing has been named yet. */
export function makeScope<K, V>(outer?: Scoped<K, V>): Scoped<K, V> {
  return outer === undefined ? { own: new Map() } : { own: new Map(), outer };
}

export function findIn<K, V>(scope: Scoped<K, V>, key: K): V | undefined {
  for (let at: Scoped<K, V> | undefined = scope; at !== undefined; at = at.outer) {
    const found = at.own.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All that has a name at the place, the outermost first. */
export function namesIn<K, V>({ own, outer }: Scoped<K, V>): readonly K[] {
  return outer === undefined ? [...own.keys()] : [...new Set([...namesIn(outer), ...own.keys()])];
}
