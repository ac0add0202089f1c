import { callContext } from '../client-address.ts';
import { createApprovalDoor } from './approvals.ts';
import type { FrontDoor } from './front-door.ts';
import { createGitHookDoor } from './git-hooks.ts';
import { createInternalDoor, type InternalParts } from './internal.ts';
import { createJsonDoor, type JsonDoorParts } from './json.ts';
import { preflightDoor } from './preflight.ts';
import { createS3Door, type S3DoorParts } from './s3.ts';
import { createAccess } from './s3-access.ts';
import { createStsDoor, type StsDoorParts } from './sts.ts';
import { createWebhookDoor } from './webhooks.ts';

/** What the front doors need. */
export type FrontDoorParts = JsonDoorParts & InternalParts & Omit<S3DoorParts, 'accessOf'> & StsDoorParts;

/** Creates the front doors, in the order in which they are offered a request. */
export function createFrontDoors(parts: FrontDoorParts): FrontDoor[] {
  const { jobs } = parts.parts.store;
  const accessOf: S3DoorParts['accessOf'] = ({ caller, region }, { request, record }) =>
    createAccess(caller, { method: request.method ?? '', context: callContext(request, region), jobs, record });
  return [
    createWebhookDoor(parts),
    createApprovalDoor(parts),
    createGitHookDoor(parts),
    createInternalDoor(parts),
    preflightDoor,
    createJsonDoor(parts),
    createStsDoor(parts),
    createS3Door({ ...parts, accessOf }),
  ];
}
