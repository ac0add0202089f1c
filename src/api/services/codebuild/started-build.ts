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

/** A hundred builds can be asked for in one call. */
const mostCharacters = 96 * 1024;

/** Stores a build. Throws InvalidInputException if its order is too large, or its token was used for another one. */
export async function startBuild(
  call: Call,
  uuid: string,
  { order, mostOpen }: { order: BuildOrder; mostOpen?: number },
  { store, now }: Pick<Dependencies, 'store' | 'now'>,
): Promise<Build> {
  const text = JSON.stringify(order);
  if (text.length > mostCharacters) {
    const message = `The build has ${text.length} characters with its buildspec and variables, expected at most ${mostCharacters}.`;
    throw new ServiceError('InvalidInputException', message);
  }
  const build = await store.builds.create(call, uuid, order, now(), mostOpen);
  // What was stored has no members without a value.
  if (!isSameJson(build.order, JSON.parse(text))) {
    throw new ServiceError('InvalidInputException', 'The idempotencyToken was used for a build with other parameters.');
  }
  return build;
}

/** Returns who has started a build, as CodeBuild says it: a user by name, a role with its session. */
export function initiatorOf({ callerArn }: Pick<Call, 'callerArn'>): string {
  return callerArn.replace(/^arn:[^/]*:(?:user\/|assumed-role\/)?/, '');
}
