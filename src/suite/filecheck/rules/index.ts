// THE TABLE OF FILECHECK RULES, section by section.

import { directiveRules } from "./directives.ts";
import { optionRules } from "./options.ts";
import { patternRules } from "./patterns.ts";
import type { RuleSection } from "./rule.ts";

export const fileCheckRules: readonly RuleSection[] = [...directiveRules, ...patternRules, ...optionRules];
