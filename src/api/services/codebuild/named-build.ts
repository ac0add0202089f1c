import { ServiceError } from '../../../contract/errors.ts';
import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import { readBuildArn } from '../../../model/build.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { namedProject } from './touched-project.ts';

/** Returns the id of a build that a caller names by id or ARN; undefined for what is neither, or is elsewhere. */
export function buildId({ account, region }: Scope, idOrArn: string): string | undefined {
  if (!idOrArn.startsWith('arn:')) return /^[^:/]+:[^:/]+$/.test(idOrArn) ? idOrArn : undefined;
  const read = readBuildArn(idOrArn);
  return read && read.scope.account === account && read.scope.region === region ? read.id : undefined;
}

/** Returns the id of a build. Throws InvalidInputException for what can't be one. */
export function requireBuildId(scope: Scope, idOrArn: string): string {
  const id = buildId(scope, idOrArn);
  if (id === undefined) {
    const message = `Invalid build ID: ${idOrArn} is neither PROJECT:UUID nor the ARN of a build in this account and Region`;
    throw new ServiceError('InvalidInputException', message);
  }
  return id;
}

/** A build is judged as its project. */
export function projectOfBuild(idOrArn: string, scope: Scope): TouchedResource[] {
  const id = buildId(scope, idOrArn);
  return id === undefined ? [{ arn: idOrArn }] : namedProject(id.split(':')[0] ?? '', scope);
}

/** Returns ResourceNotFoundException. */
export function buildNotFound(id: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Build cannot be found: ${id}`);
}
