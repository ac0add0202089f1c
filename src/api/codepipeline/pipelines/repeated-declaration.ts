import { retryModeOf } from '../../../engine/conditions/on-failure.ts';
import type { Sealer } from '../../../identity/secrets/sealer.ts';
import { ruleTypeId } from '../../../model/action-type.ts';
import { canonicalJson } from '../../../model/canonical-json.ts';
import type { Scope, StoredAction, StoredDeclaration, StoredStage } from '../../../model/pipeline.ts';
import { comparingSealer, openSecrets } from './secrets.ts';

/**
 * Whether two declarations say the same: whatever their versions, the order of members, defaults that are written out,
 * and lists that are empty instead of absent. Secrets are compared in clear, since each is sealed anew.
 */
export function isRepeated(
  current: StoredDeclaration,
  revised: StoredDeclaration,
  surroundings: { scope: Scope; sealer: Sealer },
): boolean {
  const [before, after] = [current, revised].map((declaration) =>
    canonicalJson(withDefaults(declaration, surroundings)),
  );
  return before === after;
}

function withDefaults(declaration: StoredDeclaration, { scope, sealer }: { scope: Scope; sealer: Sealer }) {
  const { region } = scope;
  const owner = { ...scope, name: declaration.name };
  const actionOf = (action: StoredAction) => {
    const clear = openSecrets(action.configuration, owner, comparingSealer(sealer));
    const secrets = Object.keys(clear).filter((key) => typeof action.configuration[key] !== 'string');
    return {
      ...action,
      region: action.region ?? region,
      configuration: clear,
      // A secret is not the same as its text in clear.
      secrets,
      environmentVariables: action.environmentVariables?.map((variable) => ({ type: 'PLAINTEXT', ...variable })),
    };
  };
  const conditionsOf = (gate: StoredStage['onFailure']) =>
    gate?.conditions?.map((condition) => ({
      ...condition,
      rules: condition.rules?.map((rule) => ({
        ...rule,
        region: rule.region ?? region,
        ruleTypeId: ruleTypeId(rule.ruleTypeId),
      })),
    }));
  const stages = declaration.stages.map((stage) => ({
    ...stage,
    actions: stage.actions.map(actionOf),
    beforeEntry: { ...stage.beforeEntry, conditions: conditionsOf(stage.beforeEntry) },
    onSuccess: { ...stage.onSuccess, conditions: conditionsOf(stage.onSuccess) },
    onFailure: stage.onFailure && {
      ...stage.onFailure,
      conditions: conditionsOf(stage.onFailure),
      retryConfiguration: { retryMode: retryModeOf(stage) },
    },
  }));
  return { ...declaration, version: undefined, stages };
}
