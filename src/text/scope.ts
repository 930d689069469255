// Which name stands for what. A scope is the dimensions of the file, the body of a graph or function, or one turn of a
// `for`; inner scopes see the outer ones. Inside a turn, a name of the body around it may be bound again: it is carried.

import type { Span } from "../../ir-spec/base/span.ts";
import type { Meaning } from "./meaning.ts";

/** What a name is, which decides whether it may be bound again. */
export type Role = "dimension" | "loop index" | "parameter" | "state" | "name";

export interface Binding {
  readonly meaning: Meaning;
  readonly role: Role;
  /** Where the name got this meaning. */
  readonly span: Span;
}

export interface Scope {
  readonly find: (name: string) => Binding | undefined;
  /** Binds a name that is new in this scope. */
  readonly declare: (name: string, binding: Binding) => void;
  /** Binds a name by an assignment. Gives the earlier binding that forbids it, if there is one. */
  readonly assign: (name: string, meaning: Meaning, span: Span) => Binding | undefined;
  /** Replaces the binding of a name where it is, here or further out. */
  readonly rebind: (name: string, binding: Binding) => void;
  /** Every name that can be seen from here. */
  readonly names: () => readonly string[];
}

/** Opens a scope; around a body is the file, around a turn the body or the turn of an outer loop. */
export function makeScope(kind: "file" | "body" | "turn", outer?: Scope): Scope {
  const own = new Map<string, Binding>();
  const find: Scope["find"] = (name) => own.get(name) ?? outer?.find(name);
  const rebind: Scope["rebind"] = (name, binding) => {
    if (own.has(name)) own.set(name, binding);
    else outer?.rebind(name, binding);
  };
  const assign: Scope["assign"] = (name, meaning, span) => {
    const before = find(name);
    if (before === undefined) {
      own.set(name, { meaning, role: "name", span });
      return undefined;
    }
    const isCarried = kind === "turn" && !own.has(name) && (before.role === "name" || before.role === "parameter");
    if (!isCarried && before.role !== "state") return before;
    rebind(name, { ...before, meaning, span });
    return undefined;
  };
  return {
    find,
    declare: (name, binding) => {
      own.set(name, binding);
    },
    assign,
    rebind,
    names: () => [...own.keys(), ...(outer?.names() ?? [])],
  };
}
