import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Call } from '../../api/call.ts';
import { operations } from '../../api/codepipeline/index.ts';
import type { Operation } from '../../api/codepipeline/operation.ts';
import { resourceFacts } from '../../api/codepipeline/resource-facts.ts';
import type { Dependencies } from '../../api/dependencies.ts';
import { adminBodyLimits } from '../../api/millrace/body-limits.ts';
import { checkAdminInput } from '../../api/millrace/check.ts';
import { adminOperations } from '../../api/millrace/index.ts';
import type { AdminParts } from '../../api/millrace/operation.ts';
import { parseBody } from '../../contract/body.ts';
import { type BodyLimits, bodyLimitsOf } from '../../contract/body-limits.ts';
import { checkInput } from '../../contract/check.ts';
import { ServiceError } from '../../contract/errors.ts';
import type { Operations } from '../../contract/generated.ts';
import { isOperationName, type OperationName, targetPrefix } from '../../contract/model.ts';
import type { Caller } from '../../identity/caller.ts';
import { type AccessDecision, authorize, authorizeMissing, mayEver } from '../../identity/policies/authorize.ts';
import { authorizeOperation } from '../../identity/policies/authorize-operation.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';

/** What the operations of both JSON services are built from. */
export interface JsonParts {
  parts: Dependencies;
  admin: AdminParts;
  /** The operations that were called so far, by target. */
  found: Map<string, JsonOperation>;
}

/** One operation that a target names: whose service it is, and what to do once the caller is known. */
export interface JsonOperation {
  service: 'codepipeline' | 'millrace';
  name: string;
  bodyLimits: BodyLimits;
  /**
   * Checks the input, then whether the caller may; throws ServiceError. Answers what is left to do. `context` is what
   * conditions of policies see of the call.
   */
  admit(body: JsonBody, caller: Caller, call: Call, context: RequestContext): Promise<() => Promise<unknown>>;
}

/** The body of a call, and its SHA-256 in hex. */
interface JsonBody {
  bytes: Buffer;
  hash: string;
}

/** The operation of a target such as `CodePipeline_20150709.PollForJobs`; undefined when nothing is called so. */
export function findJsonOperation(target: string, parts: JsonParts): JsonOperation | undefined {
  const known = parts.found.get(target);
  if (known) return known;
  const operation = nameOperation(target, parts);
  // Only names that are some operation's, so there cannot be many.
  if (operation) parts.found.set(target, operation);
  return operation;
}

function nameOperation(target: string, parts: JsonParts): JsonOperation | undefined {
  const [prefix, name = '', ...more] = target.split('.');
  if (more.length > 0) return undefined;
  if (prefix === targetPrefix && isOperationName(name)) return pipelineOperation(name, parts);
  if (prefix === 'Millrace' && Object.hasOwn(adminOperations, name)) return ownOperation(name, parts);
  return undefined;
}

function pipelineOperation<Name extends OperationName>(name: Name, { parts }: JsonParts): JsonOperation {
  const operation: Operation<Name> = operations[name];
  const readInput = inputReader(operation);
  return {
    service: 'codepipeline',
    name,
    bodyLimits: bodyLimitsOf(name),
    async admit(body, caller, call, context) {
      const read = readInput(body);
      const input = read instanceof Promise ? await read : read;
      const scope = { account: call.account, region: call.region };
      const decision = authorizeOperation(caller, { operation, input, scope, context }, resourceFacts(parts, scope));
      refuseDenied(decision instanceof Promise ? await decision : decision);
      return () => operation.run(input, call, parts);
    },
  };
}

/** Polls whose checked input is kept: a worker asks the same thing again and again. */
const maxKeptPolls = 10_000;

/** A larger body is checked some time after it was parsed, so that other calls come in between. */
const longBodyBytes = 64 * 1024;

type InputReader<Input> = (body: JsonBody) => Input | Promise<Input>;

/** Checks the input; that of a poll once for as long as its body is remembered. No operation changes its input. */
function inputReader<Name extends OperationName>({
  name,
  isPoll,
}: Operation<Name>): InputReader<Operations[Name]['input']> {
  const limits = bodyLimitsOf(name);
  const read = ({ bytes }: JsonBody) => {
    const value = parseBody(bytes, limits);
    return bytes.length > longBodyBytes ? nextTurn().then(() => checkInput(name, value)) : checkInput(name, value);
  };
  if (!isPoll) return read;
  const kept = new LRUCache<string, Operations[Name]['input']>({ max: maxKeptPolls });
  return ({ bytes, hash }) => {
    const known = kept.get(hash);
    if (known) return known;
    const input = checkInput(name, parseBody(bytes, limits));
    // A checked poll is small, however long its body was.
    kept.set(hash, input);
    return input;
  };
}

function ownOperation(name: string, { admin }: JsonParts): JsonOperation | undefined {
  const operation = adminOperations[name];
  if (!operation) return undefined;
  const bodyLimits = adminBodyLimits(operation);
  return {
    service: 'millrace',
    name,
    bodyLimits,
    async admit(body, caller, call, context) {
      const action = `millrace:${name}`;
      // Who may never make the call is refused before anything of it is read.
      if (!mayEver(caller, action)) refuseDenied(authorize(caller, { action, resources: [], context }));
      const input = checkAdminInput(operation, parseBody(body.bytes, bodyLimits));
      const adminCall = { ...call, caller };
      const arn = caller.kind === 'root' ? '*' : await operation.resource.arnOf(input, adminCall, admin);
      refuseDenied(
        arn === undefined
          ? authorizeMissing(caller, { action, context })
          : authorize(caller, { action, resources: [arn], context }),
      );
      return () => operation.run(input, call.account, admin, adminCall);
    },
  };
}

function refuseDenied(decision: AccessDecision): void {
  if (!decision.isAllowed) throw new ServiceError('AccessDeniedException', decision.message);
}
