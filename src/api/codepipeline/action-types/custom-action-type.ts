import { ServiceError } from '../../../contract/errors.ts';
import type { ActionType, CreateCustomActionTypeInput } from '../../../contract/generated.ts';
import { actionTypeMistake } from '../../../engine/structure/action-type.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { actionTypePhrase } from '../../../model/action-type.ts';
import { actionTypeArn } from '../../../model/arn.ts';
import { customActionTimeoutMs } from '../../../model/job.ts';
import { operation } from '../operation.ts';
import { customTypeOf } from '../resources.ts';
import { checkTags } from '../tags/tags.ts';

/**
 * Creates a custom action type; its owner becomes Custom. A deleted version can only be restored with the definition it
 * had (behaviour A.11).
 */
export const createCustomActionType = operation('CreateCustomActionType', {
  note: 'complete',
  resources: customTypeOf,
  requestTags: ({ tags }) => tagsInRequest(tags),
  async run(input, call, dependencies) {
    const { store, now } = dependencies;
    const { quotas } = dependencies.settings;
    const definition = defineType(input);
    const mistake = actionTypeMistake(definition);
    if (mistake !== undefined) throw invalidType(mistake);
    const tags = checkTags(input.tags, actionTypeArn(call, definition.id), quotas);
    if ((await store.actionTypes.countCustom(call)) >= quotas.customActionTypes) {
      throw new ServiceError(
        'LimitExceededException',
        `Maximum number of custom action types in account (${quotas.customActionTypes}) exceeded.`,
      );
    }
    const type = { definition, timeoutMs: customActionTimeoutMs };
    if (!(await store.actionTypes.insert(call, type, tags, now()))) {
      const state = (await store.actionTypes.find(call, definition.id)) ? 'already exists' : 'has been deleted';
      throw invalidType(`${actionTypePhrase(definition.id)} ${state}. Create a new version of the action type.`);
    }
    return { actionType: definition, tags: input.tags };
  },
});

function defineType(input: CreateCustomActionTypeInput): ActionType {
  const { category, provider, version, settings, configurationProperties } = input;
  return {
    id: { category, owner: 'Custom', provider, version },
    settings,
    actionConfigurationProperties: configurationProperties ?? [],
    inputArtifactDetails: input.inputArtifactDetails,
    outputArtifactDetails: input.outputArtifactDetails,
  };
}

function invalidType(message: string): ServiceError {
  return new ServiceError('InvalidActionTypeException', message);
}

/**
 * Marks a custom action type deleted: polls and new pipelines no longer find it, and its version can't be reused. A
 * missing one is no error; existing pipelines fail at its actions (behaviour A.11).
 */
export const deleteCustomActionType = operation('DeleteCustomActionType', {
  note: 'complete',
  resources: customTypeOf,
  async run(input, call, { store, now }) {
    const { category, provider, version } = input;
    await store.actionTypes.delete(call, { category, owner: 'Custom', provider, version }, now());
    return undefined;
  },
});
