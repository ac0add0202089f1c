import { builtInActionTypes } from '../catalogue/action-types.ts';
import { actionTypeKey } from '../model/action-type.ts';
import { actionsOf, type LintRule } from './finding.ts';

const builtIn = new Set(builtInActionTypes.map(({ definition }) => actionTypeKey(definition.id)));

const hasProvider: LintRule = (declaration, { lacksProvider }) =>
  actionsOf(declaration).flatMap(({ action: { name, actionTypeId }, path }) => {
    const key = actionTypeKey(actionTypeId);
    if (!builtIn.has(key) || !lacksProvider(key)) return [];
    return {
      rule: 'no-provider',
      severity: 'error' as const,
      path: [...path, 'actionTypeId'],
      message: `The action '${name}' fails when it runs: this server cannot perform ${key}.`,
      fix: 'Use a custom action type and a worker for it, or take the action out.',
    };
  });

const needsWorker: LintRule = (declaration) => {
  const seen = new Set<string>();
  return actionsOf(declaration).flatMap(({ action: { actionTypeId }, path }) => {
    const key = actionTypeKey(actionTypeId);
    if (builtIn.has(key) || seen.has(key)) return [];
    seen.add(key);
    const { category, provider, version } = actionTypeId;
    return {
      rule: 'needs-worker',
      severity: 'warning' as const,
      path: [...path, 'actionTypeId'],
      message: `Actions of ${key} wait for a worker.`,
      fix: `millrace worker --category ${category} --provider ${provider} --version ${version} -- COMMAND`,
    };
  });
};

/** Rules about who performs an action. */
export const typeRules: LintRule[] = [hasProvider, needsWorker];
