import { checkAdminInput } from '../admin/check.ts';
import { adminOperations } from '../admin/index.ts';
import type { AdminParts } from '../admin/operation.ts';
import { checkInput } from '../contract/check.ts';
import { ServiceError } from '../contract/errors.ts';
import { isOperationName, type OperationName, targetPrefix } from '../contract/model.ts';
import { type AccessDecision, authorize } from '../identity/authorize.ts';
import { authorizeOperation } from '../identity/authorize-operation.ts';
import type { Caller } from '../identity/caller.ts';
import { operations } from '../operations/index.ts';
import type { Call, Operation, Parts } from '../operations/operation.ts';

/** What the operations of both JSON services are built from. */
export interface JsonParts {
  parts: Parts;
  admin: AdminParts;
}

/** One operation that a target names: whose service it is, and what to do once the caller is known. */
export interface JsonOperation {
  service: 'codepipeline' | 'millrace';
  name: string;
  /** Checks the input, then whether the caller may; throws ServiceError. Answers what is left to do. */
  admit(body: unknown, caller: Caller, call: Call): Promise<() => Promise<unknown>>;
}

/** The operation of a target such as `CodePipeline_20150709.PollForJobs`; undefined when nothing is called so. */
export function findJsonOperation(target: string, parts: JsonParts): JsonOperation | undefined {
  const [prefix, name = '', ...more] = target.split('.');
  if (more.length > 0) return undefined;
  if (prefix === targetPrefix && isOperationName(name)) return pipelineOperation(name, parts);
  if (prefix === 'Millrace' && Object.hasOwn(adminOperations, name)) return ownOperation(name, parts);
  return undefined;
}

function pipelineOperation<Name extends OperationName>(name: Name, { parts }: JsonParts): JsonOperation {
  const operation: Operation<Name> = operations[name];
  return {
    service: 'codepipeline',
    name,
    async admit(body, caller, call) {
      const input = checkInput(name, body);
      const scope = { account: call.account, region: call.region };
      const findTags: Parameters<typeof authorizeOperation>[2] = (resource) => parts.store.tags.find(scope, resource);
      refuseDenied(await authorizeOperation(caller, { name, input, scope }, findTags));
      return () => operation(input, call, parts);
    },
  };
}

function ownOperation(name: string, { admin }: JsonParts): JsonOperation {
  return {
    service: 'millrace',
    name,
    async admit(body, caller, call) {
      const operation = adminOperations[name];
      if (!operation) throw new ServiceError('UnknownOperationException');
      refuseDenied(authorize(caller, { action: `millrace:${name}`, resources: [] }));
      const input = checkAdminInput(operation, body);
      return () => operation.run(input, call.account, admin, call);
    },
  };
}

function refuseDenied(decision: AccessDecision): void {
  if (!decision.isAllowed) throw new ServiceError('AccessDeniedException', decision.message);
}
