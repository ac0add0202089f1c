import { ServiceError } from '../contract/errors.ts';
import type { ActionTypeId } from '../contract/generated.ts';
import { actionTypePhrase } from '../engine/start-action.ts';
import { findActionType } from './find-action-type.ts';
import type { Operation } from './operation.ts';

/** Every type this operation can name comes with the server, and those cannot be changed. */
export const updateActionType: Operation<'UpdateActionType'> = async (input, call, parts) => {
  // The model's pattern lets no other owner than AWS and ThirdParty through.
  const id = input.actionType.id as ActionTypeId;
  await findActionType(id, call, parts);
  throw new ServiceError(
    'RequestFailedException',
    `${actionTypePhrase(id)} is built into Millrace. Built-in action types cannot be changed.`,
  );
};
