// Lists that may be long: arguments of a call are few.

/** Appends the items; `list.push(...items)` would fail where they are more than a call can have arguments. */
export function appendAll<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
