// What a program that calls the library does to cause an error that no text can cause.
import type { Diagnostic } from "../../../ir-spec/base/result.ts";

export type Cause = () => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;
