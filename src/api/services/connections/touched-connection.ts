import { ServiceError } from '../../../contract/errors.ts';
import type { TouchedResource } from '../../../identity/policies/authorize-operation.ts';
import { type ConnectionService, connectionArn } from '../../../model/connection.ts';
import type { Scope } from '../../../model/pipeline.ts';

/** A connection, judged with its tags. It is known by the ARN it was created with and by no other. */
export function namedConnection(arn: string): TouchedResource[] {
  return [{ arn, tagged: { kind: 'connection', arn } }];
}

/** Every connection of the account and Region, also one that is being created. */
export function everyConnection(service: ConnectionService, scope: Scope): TouchedResource[] {
  return [{ arn: connectionArn(scope, service, '*') }];
}

/** Returns ResourceNotFoundException. */
export function connectionNotFound(arn: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Connection not found: ${arn}`);
}
