import type { AwsService } from '../../contract/service-models.ts';
import { codeBuildOperations } from './codebuild/codebuild-operations.ts';
import { connectionOperations } from './connections/connection-operations.ts';
import { authorizationOperations } from './ecr/authorization-operations.ts';
import { eventBridgeOperations } from './event-rules/event-bridge-operations.ts';
import { eventOperations } from './logs/event-operations.ts';
import { groupOperations } from './logs/group-operations.ts';
import type { OperationsOf } from './operation.ts';
import { secretOperations } from './secrets-manager/secret-operations.ts';
import { parameterOperations } from './ssm/parameter-operations.ts';

/** The operations that are served of other services: one that a model has and this record lacks does not compile. */
export const serviceOperations: { [S in AwsService]: OperationsOf<S> } = {
  codebuild: codeBuildOperations,
  codeconnections: connectionOperations('codeconnections'),
  // Its model lacks a kind of host that the other name of the service has.
  'codestar-connections': connectionOperations('codestar-connections') as OperationsOf<'codestar-connections'>,
  ecr: authorizationOperations,
  events: eventBridgeOperations,
  logs: { ...groupOperations, ...eventOperations },
  secretsmanager: secretOperations,
  ssm: parameterOperations,
};
