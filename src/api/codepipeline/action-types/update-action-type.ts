import { ServiceError } from '../../../contract/errors.ts';
import type { ActionTypeDeclaration, ActionTypeId } from '../../../contract/generated.ts';
import { declarationMistake, publicChangeMistake } from '../../../engine/structure/action-type.ts';
import { actionTypePhrase } from '../../../model/action-type.ts';
import { declaredTypeId, type RegisteredActionType } from '../../../model/registered-type.ts';
import type { Call } from '../../call.ts';
import { operation } from '../operation.ts';
import { actionTypeResource } from '../resources.ts';
import { findActionType } from './get-action-type.ts';

/** Replaces the declaration of a type that the caller's account registered (behaviour A.12). */
export const updateActionType = operation('UpdateActionType', {
  note: 'complete for types that are registered here; built-in ones cannot be changed',
  resources: ({ actionType: { id } }, scope) => [actionTypeResource(id as ActionTypeId, scope)],
  async run(input, call, dependencies) {
    const { actionType } = input;
    const id = declaredTypeId(actionType);
    const isUpdated = await dependencies.store.registeredTypes.update(call.region, id, (current) => {
      checkUpdate(current, actionType, call);
      return actionType;
    });
    if (isUpdated) return undefined;
    await findActionType(id, call, dependencies);
    throw new ServiceError(
      'RequestFailedException',
      `${actionTypePhrase(id)} is built into Millrace. Built-in action types cannot be changed.`,
    );
  },
});

function checkUpdate(current: RegisteredActionType, revised: ActionTypeDeclaration, { account }: Call): void {
  // Callers must not learn which types other accounts have registered.
  if (current.account !== account) {
    const id = declaredTypeId(revised);
    throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
  }
  const mistake = declarationMistake(revised);
  if (mistake !== undefined) throw new ServiceError('ValidationException', mistake);
  const broken = publicChangeMistake(current.declaration, revised);
  if (broken !== undefined) throw new ServiceError('RequestFailedException', broken);
}
