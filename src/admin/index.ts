import { createAccessKey, deleteAccessKey, listAccessKeys, rotateAccessKey } from './access-keys.ts';
import { deregisterActionType, listRegisteredActionTypes, registerActionType } from './action-types.ts';
import type { AdminOperation } from './operation.ts';
import { rotateMasterKey } from './rotate-master-key.ts';
import { createThirdPartyClient, deleteThirdPartyClient, listThirdPartyClients } from './third-party-clients.ts';

/** Every operation of our own API under its name. */
export const adminOperations: Readonly<Record<string, AdminOperation>> = {
  CreateAccessKey: createAccessKey,
  CreateThirdPartyClient: createThirdPartyClient,
  DeleteAccessKey: deleteAccessKey,
  DeleteThirdPartyClient: deleteThirdPartyClient,
  DeregisterActionType: deregisterActionType,
  ListAccessKeys: listAccessKeys,
  ListRegisteredActionTypes: listRegisteredActionTypes,
  ListThirdPartyClients: listThirdPartyClients,
  RegisterActionType: registerActionType,
  RotateAccessKey: rotateAccessKey,
  RotateMasterKey: rotateMasterKey,
};
