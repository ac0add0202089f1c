import { checkInput } from '../../contract/check.ts';
import { ServiceError } from '../../contract/errors.ts';
import { declarationMistake } from '../../engine/structure/action-type.ts';
import { actionTypePhrase } from '../../engine/tick/start-action.ts';
import { actionTypeKey } from '../../model/action-type.ts';
import { declaredTypeId } from '../../model/registered-type.ts';
import { readTypeId, typeMember } from './action-type-id.ts';
import type { AdminOperation } from './operation.ts';
import { declaredType, everyResource, namedType } from './touched-resource.ts';

/** Most action types that an account may have registered in a region. */
const maxRegisteredTypes = 100;

/** A partner's action type, which pipelines may use from then on (behaviour A.12). */
export const registerActionType: AdminOperation = {
  sentence:
    'Registers an action type of the owner ThirdParty in the region of the call. `UpdateActionType` of the CodePipeline API changes it.',
  resource: declaredType,
  input: {
    actionType: {
      type: 'structure',
      isRequired: true,
      sentence: 'The whole declaration, as `UpdateActionType` takes it and `GetActionType` answers it.',
    },
  },
  output: { actionType: 'The id, as `Category/ThirdParty/Provider/Version`, the form that the other operations take.' },
  async run({ actionType }, account, { store, now }, { region }) {
    const { actionType: declaration } = checkInput('UpdateActionType', { actionType });
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
};

/** No pipeline gets the type any more; what has been handed out can be reported. */
export const deregisterActionType: AdminOperation = {
  sentence:
    'Deregisters an action type: its actions fail when they start, and its jobs are no longer handed out. Jobs that workers hold can still be reported, and its clients stay. Only this account can register its id again.',
  resource: namedType,
  input: { actionType: typeMember },
  output: {},
  async run(input, account, { store, now }, { region }) {
    const id = readTypeId(input.actionType);
    if (await store.registeredTypes.deregister({ account, region }, id, now())) return {};
    throw new ServiceError('ResourceNotFoundException', `The account has not registered ${actionTypePhrase(id)}.`);
  },
};

/** Every declaration as it stands. */
export const listRegisteredActionTypes: AdminOperation = {
  sentence: 'Lists the action types that the account has registered in the region, by id.',
  resource: everyResource,
  input: {},
  output: { actionTypes: 'Their declarations.' },
  run: async (_input, account, { store }, { region }) => ({
    actionTypes: (await store.registeredTypes.list({ account, region })).map(({ declaration }) => declaration),
  }),
};
