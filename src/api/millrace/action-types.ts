import { ServiceError } from '../../contract/errors.ts';
import { declarationMistake } from '../../engine/structure/action-type.ts';
import { actionTypeKey, actionTypePhrase } from '../../model/action-type.ts';
import { declaredTypeId } from '../../model/registered-type.ts';
import { ownOperation } from './operation.ts';
import { declaredType, everyResource, namedType, readTypeId } from './resources.ts';

/** Upper bound on the action types that an account registers in a region. */
const maxRegisteredTypes = 100;

/** Registers a partner's action type, which pipelines can use from then on (behaviour A.12). */
export const registerActionType = ownOperation('RegisterActionType', {
  resource: declaredType,
  async run({ actionType: declaration }, { account, region }, { store, now }) {
    const mistake = declarationMistake(declaration);
    if (mistake !== undefined) throw new ServiceError('ValidationException', mistake);
    if ((await store.registeredTypes.list({ account, region })).length >= maxRegisteredTypes) {
      throw new ServiceError('LimitExceededException', `An account may register ${maxRegisteredTypes} action types.`);
    }
    const id = declaredTypeId(declaration);
    if (!(await store.registeredTypes.insert({ account, region, declaration }, now()))) {
      throw new ServiceError(
        'ValidationException',
        `${actionTypePhrase(id)} exists already, or belongs to another account.`,
      );
    }
    return { actionType: actionTypeKey(id) };
  },
});

/** Deregisters a type. Jobs that workers hold can still be reported. */
export const deregisterActionType = ownOperation('DeregisterActionType', {
  resource: namedType,
  async run({ actionType }, { account, region }, { store, now }) {
    const id = readTypeId(actionType);
    if (await store.registeredTypes.deregister({ account, region }, id, now())) return {};
    throw new ServiceError('ResourceNotFoundException', `The account has not registered ${actionTypePhrase(id)}.`);
  },
});

/** Lists the current declarations. */
export const listRegisteredActionTypes = ownOperation('ListRegisteredActionTypes', {
  resource: everyResource,
  async run(_input, { account, region }, { store }) {
    const types = await store.registeredTypes.list({ account, region });
    return { actionTypes: types.map(({ declaration }) => declaration) };
  },
});
