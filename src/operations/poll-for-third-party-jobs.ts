import { ServiceError } from '../contract/errors.ts';
import { actionTypePhrase } from '../engine/start-action.ts';
import type { Operation } from './operation.ts';

/**
 * Hands out jobs of a partner's action type. None of those types has a worker that could be registered here, so an
 * action of one fails when it starts and no job of it ever waits.
 */
export const pollForThirdPartyJobs: Operation<'PollForThirdPartyJobs'> = async (input, call, { store }) => {
  const { owner } = input.actionTypeId;
  if (owner !== 'ThirdParty') {
    throw new ServiceError('ValidationException', `ActionType with owner '${owner}' is not supported`);
  }
  if (!(await store.actionTypes.find(call, input.actionTypeId))) {
    throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(input.actionTypeId)} is not available`);
  }
  return { jobs: [] };
};
