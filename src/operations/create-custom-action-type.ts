import { ServiceError } from '../contract/errors.ts';
import type { ActionConfigurationProperty, ActionType, CreateCustomActionTypeInput } from '../contract/generated.ts';
import { actionTypePhrase } from '../engine/start-action.ts';
import { actionTypeArn } from '../model/arn.ts';
import { customActionTimeoutMs } from '../model/job.ts';
import type { Operation } from './operation.ts';
import { checkTags } from './tags.ts';

/**
 * Registers a custom action type; its owner becomes Custom. A version that was deleted can only be restored, with the
 * definition it had (behaviour A.11).
 */
export const createCustomActionType: Operation<'CreateCustomActionType'> = async (input, call, parts) => {
  const { store, now } = parts;
  const { quotas } = parts.settings;
  const definition = defineType(input);
  checkDefinition(definition);
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
};

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

/** The semantic mistakes the service refuses, in its words where they are known (operations §3.6). */
function checkDefinition(type: ActionType): void {
  for (const { minimumCount, maximumCount } of [type.inputArtifactDetails, type.outputArtifactDetails]) {
    if (maximumCount < minimumCount) {
      throw invalidType(
        `Maximum Number of Artifacts (${maximumCount}) has to be greater than or equal to minimum (${minimumCount}).`,
      );
    }
  }
  checkProperties(type.actionConfigurationProperties ?? []);
}

function checkProperties(properties: ActionConfigurationProperty[]): void {
  const names = properties.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidType(`Configuration property '${twice}' is declared more than once.`);
  const queryable = properties.filter((property) => property.queryable);
  if (queryable.length > 1) {
    throw invalidType(
      `Multiple queryable configuration properties found with names '${queryable.map(({ name }) => name).join(', ')}'. Up to one queryable property may be specified.`,
    );
  }
  const [property] = queryable;
  if (property && (!property.required || property.secret)) {
    throw invalidType(
      `Invalid queryable property '${property.name}'. Queryable configuration properties must be required and non-secret.`,
    );
  }
}
