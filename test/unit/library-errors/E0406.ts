// A program that calls the library: a graph gives one result twice.
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { sound } from "../graph/sound-graph.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => verifyGraph({ ...sound, results: [...sound.results, ...sound.results] });
