import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Call } from '../../api/call.ts';
import { operations } from '../../api/codepipeline/index.ts';
import type { Operation } from '../../api/codepipeline/operation.ts';
import { resourceFacts } from '../../api/codepipeline/resource-facts.ts';
import type { Dependencies } from '../../api/dependencies.ts';
import { ownOperations } from '../../api/millrace/index.ts';
import type { OwnOperation } from '../../api/millrace/operation.ts';
import { parseBody } from '../../contract/body.ts';
import { type BodyLimits, bodyLimitsOf } from '../../contract/body-limits.ts';
import { checkInput, checkOwnInput } from '../../contract/check.ts';
import { ServiceError } from '../../contract/errors.ts';
import type { Operations } from '../../contract/generated.ts';
import {
  isOperationName,
  isOwnOperationName,
  type OperationName,
  type OwnOperationName,
  ownTargetPrefix,
  targetPrefix,
} from '../../contract/model.ts';
import type { Caller } from '../../identity/caller.ts';
import { type AccessDecision, authorize, authorizeMissing, mayEver } from '../../identity/policies/authorize.ts';
import { authorizeOperation } from '../../identity/policies/authorize-operation.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import type { Scope } from '../../model/pipeline.ts';

/** What both JSON services need. */
export interface JsonParts {
  parts: Dependencies;
  /** The operations that were called so far, by target. */
  found: Map<string, JsonOperation>;
}

/** One operation that a target names. */
export interface JsonOperation {
  service: 'codepipeline' | 'millrace';
  name: string;
  /** Whether it polls for jobs, and so may be held. */
  isPoll: boolean;
  bodyLimits: BodyLimits;
  /** Checks the input and authorizes the call; returns the rest of it. Throws or rejects with `ServiceError`. */
  admit(body: JsonBody, caller: Caller, call: Call, context: RequestContext): RestOfCall | Promise<RestOfCall>;
}

/** What is left to do of a call. It keeps nothing of the request, since a poll may be held for a while. */
export type RestOfCall = () => Promise<unknown>;

/** The body of a call, and its SHA-256 in hex. */
interface JsonBody {
  bytes: Buffer;
  hash: string;
}

/** Returns the operation of a target such as `CodePipeline_20150709.PollForJobs`; undefined if there is none. */
export function findJsonOperation(target: string, parts: JsonParts): JsonOperation | undefined {
  const known = parts.found.get(target);
  if (known) return known;
  const operation = nameOperation(target, parts);
  // Only names of operations, so there cannot be many.
  if (operation) parts.found.set(target, operation);
  return operation;
}

function nameOperation(target: string, parts: JsonParts): JsonOperation | undefined {
  const [prefix, name = '', ...more] = target.split('.');
  if (more.length > 0) return undefined;
  if (prefix === targetPrefix && isOperationName(name)) return pipelineOperation(name, parts);
  if (prefix === ownTargetPrefix && isOwnOperationName(name)) return ownOperation(name, parts);
  return undefined;
}

function pipelineOperation<Name extends OperationName>(name: Name, { parts }: JsonParts): JsonOperation {
  const operation: Operation<Name> = operations[name];
  const prepare = operation.isPoll ? preparePoll(operation, parts) : prepareCall(operation, parts);
  return {
    service: 'codepipeline',
    name,
    isPoll: operation.isPoll,
    bodyLimits: bodyLimitsOf(name),
    admit(body, caller, call, context) {
      const scope = { account: call.account, region: call.region };
      const admitPrepared = ({ input, run }: PreparedCall<Name>): RestOfCall | Promise<RestOfCall> => {
        const rest: RestOfCall = () => run(call);
        const decision = authorizeOperation(caller, { operation, input, scope, context }, resourceFacts(parts, scope));
        return decision instanceof Promise ? decision.then((made) => ifAllowed(made, rest)) : ifAllowed(decision, rest);
      };
      const preparing = prepare(body, scope);
      return preparing instanceof Promise ? preparing.then(admitPrepared) : admitPrepared(preparing);
    },
  };
}

/** A checked input, and the rest of its operation. */
interface PreparedCall<Name extends OperationName> {
  input: Operations[Name]['input'];
  run: ReturnType<Operation<Name>['prepare']>;
}

/** A larger body is checked in a turn of its own, so that other calls run between parsing and checking. */
const longBodyBytes = 64 * 1024;

function prepareCall<Name extends OperationName>({ name, prepare }: Operation<Name>, parts: Dependencies) {
  const limits = bodyLimitsOf(name);
  return ({ bytes }: JsonBody, scope: Scope): PreparedCall<Name> | Promise<PreparedCall<Name>> => {
    const value = parseBody(bytes, limits);
    const check = () => {
      const input = checkInput(name, value);
      return { input, run: prepare(input, scope, parts) };
    };
    return bytes.length > longBodyBytes ? nextTurn().then(check) : check();
  };
}

/** Prepared polls kept per operation: a worker repeats the same poll all the time. */
const maxPreparedPolls = 10_000;

/** Prepares a poll once for all calls with the same body, account and region. No operation changes its input. */
function preparePoll<Name extends OperationName>({ name, prepare }: Operation<Name>, parts: Dependencies) {
  const limits = bodyLimitsOf(name);
  const prepared = new LRUCache<string, PreparedCall<Name>>({ max: maxPreparedPolls });
  return ({ bytes, hash }: JsonBody, scope: Scope): PreparedCall<Name> => {
    const key = `${scope.account}/${scope.region}/${hash}`;
    const known = prepared.get(key);
    if (known) return known;
    const input = checkInput(name, parseBody(bytes, limits));
    const poll = { input, run: prepare(input, scope, parts) };
    // A prepared poll is small, however long its body was.
    prepared.set(key, poll);
    return poll;
  };
}

function ownOperation<Name extends OwnOperationName>(name: Name, { parts }: JsonParts): JsonOperation {
  const operation: OwnOperation<Name> = ownOperations[name];
  const { action, resource } = operation;
  const bodyLimits = bodyLimitsOf(name);
  return {
    service: 'millrace',
    name,
    isPoll: false,
    bodyLimits,
    async admit(body, caller, call, context) {
      // Callers who can never have permission are refused before their input is parsed.
      if (!mayEver(caller, action)) refuseDenied(authorize(caller, { action, resources: [], context }));
      const input = checkOwnInput(name, parseBody(body.bytes, bodyLimits));
      const ownCall = { ...call, caller };
      const arn = caller.kind === 'root' ? '*' : await resource.arnOf(input, ownCall, parts);
      refuseDenied(
        arn === undefined
          ? authorizeMissing(caller, { action, context })
          : authorize(caller, { action, resources: [arn], context }),
      );
      return () => operation.run(input, ownCall, parts);
    },
  };
}

/** Reports whether the output of a poll has no jobs. */
export function isEmptyPoll(operation: string, output: unknown): boolean {
  if (!isOperationName(operation) || !operations[operation].isPoll) return false;
  return (
    typeof output === 'object' &&
    output !== null &&
    'jobs' in output &&
    Array.isArray(output.jobs) &&
    output.jobs.length === 0
  );
}

function ifAllowed(decision: AccessDecision, rest: RestOfCall): RestOfCall {
  refuseDenied(decision);
  return rest;
}

function refuseDenied(decision: AccessDecision): void {
  if (!decision.isAllowed) throw new ServiceError('AccessDeniedException', decision.message);
}
