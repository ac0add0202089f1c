import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { AwsOperation } from '../../api/aws-operation.ts';
import type { Call } from '../../api/call.ts';
import { operations } from '../../api/codepipeline/index.ts';
import type { Operation } from '../../api/codepipeline/operation.ts';
import { resourceFacts } from '../../api/codepipeline/resource-facts.ts';
import type { Dependencies } from '../../api/dependencies.ts';
import { ownOperations } from '../../api/millrace/index.ts';
import type { OwnOperation } from '../../api/millrace/operation.ts';
import { serviceOperations } from '../../api/services/index.ts';
import { parseBody } from '../../contract/body.ts';
import { type BodyLimits, bodyLimitsOf } from '../../contract/body-limits.ts';
import { checkInput, checkOwnInput, checkServiceInput } from '../../contract/check.ts';
import { ServiceError } from '../../contract/errors.ts';
import {
  isOperationName,
  isOwnOperationName,
  type OperationKey,
  type OperationName,
  type OwnOperationName,
} from '../../contract/model.ts';
import type { AwsService } from '../../contract/service-models.ts';
import type { Caller } from '../../identity/caller.ts';
import { type AccessDecision, authorize, authorizeMissing, mayEver } from '../../identity/policies/authorize.ts';
import { authorizeOperation } from '../../identity/policies/authorize-operation.ts';
import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import type { Scope } from '../../model/pipeline.ts';
import { contentTypeOf, isServed, type JsonService, readTarget } from './json-protocol.ts';

/** What the JSON services need. */
export interface JsonParts {
  parts: Dependencies;
  /** The operations that were called so far, by target. */
  found: Map<string, JsonOperation>;
}

/** One operation that a target names. */
export interface JsonOperation {
  service: JsonService;
  name: string;
  /** That of its requests. */
  contentType: string;
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

function nameOperation(target: string, { parts }: JsonParts): JsonOperation | undefined {
  const { protocol, name } = readTarget(target);
  if (protocol?.name === 'codepipeline' && isOperationName(name)) return pipelineOperation(name, parts);
  if (protocol?.name === 'millrace' && isOwnOperationName(name)) return ownOperation(name, parts);
  return protocol && isServed(protocol, name) ? serviceOperation(protocol.name, name, parts) : undefined;
}

function pipelineOperation<Name extends OperationName>(name: Name, parts: Dependencies): JsonOperation {
  const operation: Operation<Name> = operations[name];
  return awsOperation(
    { service: 'codepipeline', key: name, operation, check: (value) => checkInput(name, value) },
    parts,
  );
}

function serviceOperation(service: AwsService, name: string, parts: Dependencies): JsonOperation {
  const key: OperationKey = `${service}:${name}`;
  const named: Record<string, AwsOperation<never, unknown>> = serviceOperations[service];
  // The check and the operation have the same shape, since the record has the names of the model.
  const operation = named[name] as AwsOperation<unknown, unknown>;
  return awsOperation({ service, key, operation, check: (value) => checkServiceInput(key, value) }, parts);
}

/** An operation, and how its input is checked. */
interface Served<Input> {
  service: JsonService;
  key: OperationKey;
  operation: AwsOperation<Input, unknown>;
  check(value: unknown): Input;
}

function awsOperation<Input>(served: Served<Input>, parts: Dependencies): JsonOperation {
  const { service, key, operation } = served;
  const prepare = operation.isPoll ? preparePoll(served, parts) : prepareCall(served, parts);
  return {
    service,
    name: operation.name,
    contentType: contentTypeOf(service),
    isPoll: operation.isPoll,
    bodyLimits: bodyLimitsOf(key),
    admit(body, caller, call, context) {
      const scope = { account: call.account, region: call.region };
      const admitPrepared = ({ input, run }: PreparedCall<Input>): RestOfCall | Promise<RestOfCall> => {
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
interface PreparedCall<Input> {
  input: Input;
  run: (call: Call) => Promise<unknown>;
}

/** A larger body is checked in a turn of its own, so that other calls run between parsing and checking. */
const longBodyBytes = 64 * 1024;

function prepareCall<Input>({ key, operation, check }: Served<Input>, parts: Dependencies) {
  const limits = bodyLimitsOf(key);
  return ({ bytes }: JsonBody, scope: Scope): PreparedCall<Input> | Promise<PreparedCall<Input>> => {
    const value = parseBody(bytes, limits);
    const prepare = () => {
      const input = check(value);
      return { input, run: operation.prepare(input, scope, parts) };
    };
    return bytes.length > longBodyBytes ? nextTurn().then(prepare) : prepare();
  };
}

/** Prepared polls kept per operation: a worker repeats the same poll all the time. */
const maxPreparedPolls = 10_000;

/** Prepares a poll once for all calls with the same body, account and region. No operation changes its input. */
function preparePoll<Input>({ key: name, operation, check }: Served<Input>, parts: Dependencies) {
  const limits = bodyLimitsOf(name);
  const prepared = new LRUCache<string, PreparedCall<Input>>({ max: maxPreparedPolls });
  return ({ bytes, hash }: JsonBody, scope: Scope): PreparedCall<Input> => {
    const key = `${scope.account}/${scope.region}/${hash}`;
    const known = prepared.get(key);
    if (known) return known;
    const input = check(parseBody(bytes, limits));
    const poll = { input, run: operation.prepare(input, scope, parts) };
    // A prepared poll is small, however long its body was.
    prepared.set(key, poll);
    return poll;
  };
}

function ownOperation<Name extends OwnOperationName>(name: Name, parts: Dependencies): JsonOperation {
  const operation: OwnOperation<Name> = ownOperations[name];
  const { action, resource } = operation;
  const bodyLimits = bodyLimitsOf(name);
  return {
    service: 'millrace',
    name,
    contentType: contentTypeOf('millrace'),
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
