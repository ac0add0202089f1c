import { LRUCache } from 'lru-cache';
import type { Caller } from '../caller.ts';
import { type BucketPrincipal, matchPrincipal, readPrincipal } from './bucket-principal.ts';
import { type JudgedAction, judgeResources, type Verdict } from './evaluate-policy.ts';
import { type Policy, parsePolicy } from './policy.ts';
import { checkEffort } from './policy-effort.ts';
import { findDuplicateMember, isObject, PolicyError } from './policy-json.ts';

/** The policy of one bucket, ready to be evaluated. */
export interface BucketPolicy {
  statements: BucketStatement[];
  /** Whether it grants anything to everyone unconditionally. */
  isPublic: boolean;
}

interface BucketStatement {
  principal: BucketPrincipal;
  policy: Policy;
}

/** A bucket policy that S3 would reject or this server would not enforce. Uses S3's texts where they are known. */
export class BucketPolicyError extends Error {
  override name = 'BucketPolicyError';
}

/** S3's limit. */
const maxBytes = 20 * 1024;

/** Parsed policies by bucket and text. */
const parsed = new LRUCache<string, BucketPolicy>({ max: 200 });

/** Parses the policy of a bucket. Throws `BucketPolicyError` for one that would not be enforced as written. */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  const key = `${bucket}\n${text}`;
  const known = parsed.get(key);
  if (known) return known;
  const policy = readDocument(text, bucket);
  parsed.set(key, policy);
  return policy;
}

function readDocument(text: string, bucket: string): BucketPolicy {
  if (Buffer.byteLength(text) > maxBytes) {
    throw new BucketPolicyError(`Your policy exceeds the maximum allowed document size of ${maxBytes} bytes.`);
  }
  const document = readJson(text);
  const { Version, Id, Statement, ...unknown } = document;
  const [field] = Object.keys(unknown);
  if (field !== undefined) throw new BucketPolicyError(`Unknown field ${field}`);
  if (Statement === undefined) throw new BucketPolicyError('Missing required field Statement');
  const list: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (list.length === 0) throw new BucketPolicyError('Could not parse the policy: Statement is empty!');
  const statements = list.map((statement) => readStatement(statement, { Version, Id }, bucket));
  checkTime(statements.map(({ policy }) => policy));
  return { statements, isPublic: statements.some(isPublic) };
}

function checkTime(policies: Policy[]): void {
  try {
    checkEffort(policies);
  } catch (error) {
    if (error instanceof PolicyError) throw new BucketPolicyError(error.message);
    throw error;
  }
}

function readJson(text: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  if (!isObject(document) || !text.trimStart().startsWith('{')) {
    throw new BucketPolicyError("Policies must be valid JSON and the first byte must be '{'");
  }
  const duplicate = findDuplicateMember(text);
  if (duplicate !== undefined) throw new BucketPolicyError(`Duplicate field ${duplicate}`);
  return document;
}

function readStatement(statement: unknown, head: { Version: unknown; Id: unknown }, bucket: string): BucketStatement {
  if (!isObject(statement)) throw new BucketPolicyError('Invalid policy syntax.');
  const { Principal, NotPrincipal, Effect, ...rest } = statement;
  if (Effect === undefined) throw new BucketPolicyError('Missing required field Effect');
  if (Effect !== 'Allow' && Effect !== 'Deny') throw new BucketPolicyError(`Invalid effect: ${String(Effect)}`);
  if (NotPrincipal !== undefined) {
    throw new BucketPolicyError(
      'NotPrincipal is not supported by this server. Use Principal with a condition instead.',
    );
  }
  if (Principal === undefined) throw new BucketPolicyError('Missing required field Principal');
  const principal = readPrincipal(Principal);
  if (!principal) throw new BucketPolicyError('Invalid principal in policy');
  for (const field of ['Action', 'Resource']) {
    if (rest[field] === undefined && rest[`Not${field}`] === undefined) {
      throw new BucketPolicyError(`Missing required field ${field}`);
    }
  }
  for (const action of textsOf(rest.Action ?? rest.NotAction)) {
    if (!/^(?:\*|s3:.+)$/i.test(action)) throw new BucketPolicyError('Policy has invalid action');
  }
  for (const resource of textsOf(rest.Resource ?? rest.NotResource)) {
    if (!isOfBucket(resource, bucket)) throw new BucketPolicyError('Policy has invalid resource');
  }
  return { principal, policy: parseRest({ ...head, Statement: [{ Effect, ...rest }] }) };
}

function parseRest(document: object): Policy {
  try {
    return parsePolicy(JSON.parse(JSON.stringify(document)), '');
  } catch (error) {
    if (error instanceof PolicyError) throw new BucketPolicyError(error.message);
    throw error;
  }
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isOfBucket(resource: string, bucket: string): boolean {
  if (resource === '*') return true;
  const arn = `arn:aws:s3:::${bucket}`;
  return resource.startsWith(arn) && ['', '/', '*'].includes(resource.charAt(arn.length));
}

function isPublic({ principal, policy }: BucketStatement): boolean {
  return (
    principal.isEveryone &&
    policy.statements.some(({ effect, conditions }) => effect === 'Allow' && conditions.length === 0)
  );
}

/**
 * Evaluates a bucket policy for a caller of the bucket's account. A Deny applies to everyone it names, including the
 * root user and jobs. An Allow that names the caller or everyone is enough by itself; one that names the account leaves
 * the decision to the policies of its users, as in S3.
 */
export function judgeInBucket(
  { statements }: BucketPolicy,
  caller: Caller,
  request: JudgedAction,
): (resource: string) => Verdict {
  const applicable = statements.flatMap(({ principal, policy }) => {
    const match = matchPrincipal(principal, caller);
    return policy.statements.filter(({ effect }) => match === 'caller' || (match === 'account' && effect === 'Deny'));
  });
  const [first] = statements;
  if (applicable.length === 0 || !first) return () => 'implicitDeny';
  const arn = caller.kind === 'role' ? caller.roleArn : caller.arn;
  const context = { ...request.context, 'aws:PrincipalArn': arn };
  return judgeResources([{ ...first.policy, statements: applicable }], { ...request, context });
}
