// A program that calls the library: a graph that is called as a word of the language.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph({ ...sound, name: "for" });
