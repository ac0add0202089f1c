import { createAccessKey, deleteAccessKey, listAccessKeys, rotateAccessKey } from './access-keys.ts';
import type { AdminOperation } from './operation.ts';
import { rotateMasterKey } from './rotate-master-key.ts';

/** Every operation of our own API under its name. */
export const adminOperations: Readonly<Record<string, AdminOperation>> = {
  CreateAccessKey: createAccessKey,
  DeleteAccessKey: deleteAccessKey,
  ListAccessKeys: listAccessKeys,
  RotateAccessKey: rotateAccessKey,
  RotateMasterKey: rotateMasterKey,
};
