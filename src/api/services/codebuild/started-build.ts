import { createHash } from 'node:crypto';
import { ServiceError } from '../../../contract/errors.ts';
import type { Build, BuildOrder } from '../../../model/build.ts';
import { isSameJson } from '../../../model/same-json.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';

/**
 * Returns the UUID of a new build. A repeated token gives the same, so that a call that is sent again starts nothing; AWS
 * remembers tokens for five minutes, and here they are as old as their builds.
 */
export function newBuildUuid(call: Call, project: string, token: string | undefined, newId: () => string): string {
  if (token === undefined) return newId();
  const hash = createHash('sha256')
    .update(JSON.stringify([call.account, call.region, project, token]))
    .digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Stores a build. Throws InvalidInputException if its token was used for another order. */
export async function startBuild(
  call: Call,
  uuid: string,
  { order, mostOpen }: { order: BuildOrder; mostOpen?: number },
  { store, now }: Pick<Dependencies, 'store' | 'now'>,
): Promise<Build> {
  const build = await store.builds.create(call, uuid, order, now(), mostOpen);
  // What was stored has no members without a value.
  if (!isSameJson(build.order, JSON.parse(JSON.stringify(order)))) {
    throw new ServiceError('InvalidInputException', 'The idempotencyToken was used for a build with other parameters.');
  }
  return build;
}

/** Returns who has started a build, as CodeBuild says it: a user by name, a role with its session. */
export function initiatorOf({ callerArn }: Pick<Call, 'callerArn'>): string {
  return callerArn.replace(/^arn:[^/]*:(?:user\/|assumed-role\/)?/, '');
}
