import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeId } from '../../contract/generated.ts';
import type { AdminInput, AdminMember } from './operation.ts';

const pattern = /^(\w{1,20})\/ThirdParty\/([\w-]{1,35})\/([\w-]{1,9})$/;

/** A registered action type, named by its id in one text. */
export const typeMember: AdminMember = {
  type: 'string',
  isRequired: true,
  sentence: 'The id of a registered action type, as `Category/ThirdParty/Provider/Version`.',
};

/** Reads `Category/ThirdParty/Provider/Version`; throws ValidationException for anything else. */
export function readTypeId(text: AdminInput[string]): ActionTypeId {
  const [, category, provider, version] = pattern.exec(String(text)) ?? [];
  if (category === undefined || provider === undefined || version === undefined) {
    throw new ServiceError('ValidationException', 'An action type is named as Category/ThirdParty/Provider/Version.');
  }
  // A category that the model does not know names no type that could have been registered.
  return { category, owner: 'ThirdParty', provider, version } as ActionTypeId;
}
