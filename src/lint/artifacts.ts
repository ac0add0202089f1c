import { declaredRules } from '../model/pipeline.ts';
import { actionsOf, type LintRule } from './finding.ts';

const usesArtifacts: LintRule = (declaration) => {
  const actions = actionsOf(declaration);
  const rules = declaredRules(declaration.stages as Parameters<typeof declaredRules>[0]);
  const used = new Set(
    [...actions.map(({ action }) => action), ...rules].flatMap(({ inputArtifacts = [] }) =>
      inputArtifacts.map(({ name }) => name),
    ),
  );
  return actions.flatMap(({ action, path }) =>
    (action.outputArtifacts ?? []).flatMap(({ name }, index) => {
      // The source of a pipeline may only start it.
      if (used.has(name) || action.actionTypeId.category === 'Source') return [];
      return {
        rule: 'unused-artifact',
        severity: 'warning' as const,
        path: [...path, 'outputArtifacts', index],
        message: `No action takes the artifact '${name}' of '${action.name}'.`,
        fix: 'Take it out, or name it among the inputArtifacts of a later action.',
      };
    }),
  );
};

/** Rules about artifacts beyond those of the API. */
export const artifactRules: LintRule[] = [usesArtifacts];
