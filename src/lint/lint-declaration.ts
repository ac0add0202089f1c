import { artifactRules } from './artifacts.ts';
import type { Finding, LintContext, LintRule } from './finding.ts';
import { patternRules } from './patterns.ts';
import { projectRules } from './projects.ts';
import { refusalsOf, shapeFindings } from './refusals.ts';
import { secretRules } from './secrets.ts';
import { typeRules } from './types.ts';
import { variableRules } from './variables.ts';

const rules: LintRule[] = [
  refusalsOf,
  ...typeRules,
  ...artifactRules,
  ...variableRules,
  ...patternRules,
  ...secretRules,
  ...projectRules,
];

/** Finds everything that is wrong with a declaration: what the API takes as `pipeline`, of any shape. */
export function lintDeclaration(declaration: unknown, context: LintContext): Finding[] {
  const { findings, checked } = shapeFindings(declaration);
  return checked ? rules.flatMap((rule) => rule(checked, context)) : findings;
}
