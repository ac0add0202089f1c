import { ServiceError } from '../../../contract/errors.ts';
import type { ActionTypeId } from '../../../contract/generated.ts';
import { actionTypePhrase } from '../../../engine/tick/start-action.ts';
import type { CataloguedActionType } from '../../../model/action-type.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/** The action type of this id, or ActionTypeNotFoundException (operations 2). */
export async function findActionType(
  id: ActionTypeId,
  call: Call,
  { store }: Dependencies,
): Promise<CataloguedActionType> {
  const type = await store.actionTypes.find(call, id);
  if (type) return type;
  throw new ServiceError('ActionTypeNotFoundException', `${actionTypePhrase(id)} is not available`);
}
