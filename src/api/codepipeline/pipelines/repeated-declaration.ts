import { retryModeOf } from '../../../engine/conditions/index.ts';
import type { Sealer } from '../../../identity/secrets/sealer.ts';
import { ruleTypeId } from '../../../model/action-type.ts';
import type { Scope, StoredAction, StoredDeclaration, StoredStage } from '../../../model/pipeline.ts';
import { isSameJson } from '../../../model/same-json.ts';
import { comparingSealer, openSecrets } from './secrets.ts';

/**
 * Whether two declarations mean the same. Versions, the order of members, defaults that are written out, and empty
 * instead of absent lists make no difference. Secrets are compared in clear, since sealing one twice gives two texts.
 */
export function isRepeated(
  current: StoredDeclaration,
  revised: StoredDeclaration,
  context: { scope: Scope; sealer: Sealer },
): boolean {
  const [{ stages: before, ...members }, { stages: after, ...others }] = [current, revised];
  if (before.length !== after.length) return false;
  if (!isSameJson({ ...members, version: undefined }, { ...others, version: undefined })) return false;
  const expand = createDefaults(current.name, context);
  return before.every((stage, index) => {
    const other = after[index];
    return other !== undefined && isSameJson(expand(stage), expand(other));
  });
}

/** Returns a function that fills in the defaults of a stage and opens its secrets. */
function createDefaults(name: string, { scope, sealer }: { scope: Scope; sealer: Sealer }) {
  const { region } = scope;
  const owner = { ...scope, name };
  const actionOf = (action: StoredAction) => {
    const clear = openSecrets(action.configuration, owner, comparingSealer(sealer));
    const secrets = Object.keys(clear).filter((key) => typeof action.configuration[key] !== 'string');
    return {
      ...action,
      region: action.region ?? region,
      configuration: clear,
      // A sealed value differs from the same text in clear.
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
  return (stage: StoredStage) => ({
    ...stage,
    actions: stage.actions.map(actionOf),
    beforeEntry: { ...stage.beforeEntry, conditions: conditionsOf(stage.beforeEntry) },
    onSuccess: { ...stage.onSuccess, conditions: conditionsOf(stage.onSuccess) },
    onFailure: stage.onFailure && {
      ...stage.onFailure,
      conditions: conditionsOf(stage.onFailure),
      retryConfiguration: { retryMode: retryModeOf(stage) },
    },
  });
}
