import { type Glob, readGlob } from './glob.ts';
import type { Condition } from './policy-condition.ts';
import { findDuplicateMember, isObject, PolicyError, readObject, readTexts } from './policy-json.ts';
import { readConditions } from './read-conditions.ts';

/** A parsed policy in IAM's language, ready to be evaluated. */
export interface Policy {
  /** The document as JSON. */
  text: string;
  /** The maximum number of passes over an object's ARN that evaluating it takes. */
  effort: number;
  statements: Statement[];
  /** Whether a condition depends on the tags of the resource. */
  readsResourceTags: boolean;
}

/** A statement, which applies if action, resource and all conditions match. */
interface Statement {
  effect: 'Allow' | 'Deny';
  /** The globs are in lower case. */
  actions: Patterns;
  resources: Patterns;
  conditions: Condition[];
}

/** `Action` or `Resource`; with `isExcluding` (`NotAction`) everything that matches none of the patterns. */
export interface Patterns {
  patterns: { text: string; glob: Glob }[];
  isExcluding: boolean;
}

/** IAM's limit for managed policies, not counting white space. */
const maxCharacters = 6144;

const versions = ['2012-10-17', '2008-10-17'];
const actionPattern = /^(?:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const sidPattern = /^[A-Za-z0-9]*$/;

/**
 * Parses a policy from JSON text or a parsed document. Rejects everything that evaluation would not enforce, so a
 * stored policy means what it says. Throws `PolicyError`, whose location begins with `place`.
 */
export function parsePolicy(document: unknown, place = ''): Policy {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const length = text?.replaceAll(/\s/g, '').length ?? 0;
  if (length > maxCharacters) {
    throw new PolicyError(place, `the policy has ${length} characters; ${maxCharacters} are allowed`);
  }
  const within = (member: string) => (place === '' ? member : `${place}.${member}`);
  const members = ['Version', 'Id', 'Statement'];
  const parsed = typeof document === 'string' ? parseText(document, place) : document;
  if (!isObject(parsed)) throw new PolicyError(place, 'a policy must be a JSON object');
  const policy = readObject(parsed, place, members);
  if (policy.Version !== undefined && !versions.some((version) => version === policy.Version)) {
    throw new PolicyError(within('Version'), `must be ${versions.join(' or ')}`);
  }
  if (policy.Id !== undefined && typeof policy.Id !== 'string') throw new PolicyError(within('Id'), 'must be a string');
  const isList = Array.isArray(policy.Statement);
  const list: unknown[] = isList ? (policy.Statement as unknown[]) : [policy.Statement];
  if (list.length === 0) throw new PolicyError(within('Statement'), 'needs at least one statement');
  const sids = new Set<string>();
  const statements = list.map((statement, index) =>
    readStatement(statement, within(isList ? `Statement[${index}]` : 'Statement'), sids),
  );
  const readsResourceTags = statements.some(({ conditions }) =>
    conditions.some(({ key }) => key.startsWith('aws:resourcetag/')),
  );
  const effort = statements.reduce((sum, { resources }) => sum + objectEffortOf(resources), 0);
  return { text, effort, statements, readsResourceTags };
}

function parseText(text: string, place: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PolicyError(place, 'the policy is not valid JSON');
  }
  const duplicate = findDuplicateMember(text);
  if (duplicate !== undefined) throw new PolicyError(place, `'${duplicate}' occurs twice in the same object`);
  return document;
}

function readStatement(value: unknown, place: string, sids: Set<string>): Statement {
  if (value === undefined) throw new PolicyError(place, 'is missing');
  const members = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];
  const statement = readObject(value, place, members);
  checkSid(statement.Sid, `${place}.Sid`, sids);
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError(`${place}.Effect`, 'must be Allow or Deny');
  const actions = readPatterns(statement, 'Action', place, checkAction);
  return {
    effect,
    actions,
    resources: readPatterns(statement, 'Resource', place, checkResource),
    conditions: readConditions(statement.Condition, `${place}.Condition`),
  };
}

function checkSid(sid: unknown, place: string, sids: Set<string>): void {
  if (sid === undefined) return;
  if (typeof sid !== 'string' || !sidPattern.test(sid)) throw new PolicyError(place, 'must be letters and digits');
  if (sid !== '' && sids.has(sid)) throw new PolicyError(place, `'${sid}' is used by two statements`);
  sids.add(sid);
}

function readPatterns(
  statement: Record<string, unknown>,
  member: 'Action' | 'Resource',
  place: string,
  check: (pattern: string, place: string) => void,
): Patterns {
  const isExcluding = statement[`Not${member}`] !== undefined;
  if (isExcluding === (statement[member] !== undefined)) {
    throw new PolicyError(place, `needs either ${member} or Not${member}`);
  }
  const name = isExcluding ? `Not${member}` : member;
  const texts = readTexts(statement[name], `${place}.${name}`, check);
  const patterns = texts.map((text) => ({ text, glob: readGlob(member === 'Action' ? text.toLowerCase() : text) }));
  return { patterns, isExcluding };
}

const objectArns = 'arn:aws:s3:::';

/** Only object keys are long and come in thousands; patterns for other services fail after a few characters. */
function objectEffortOf({ patterns }: Patterns): number {
  const forObjects = patterns.filter(({ text }) => {
    const start = text.split('*', 1)[0]?.slice(0, objectArns.length) ?? '';
    return [...start].every((unit, index) => unit === '?' || unit === objectArns[index]);
  });
  return forObjects.reduce((sum, { glob }) => sum + glob.effort, 0);
}

function checkAction(pattern: string, place: string): void {
  if (actionPattern.test(pattern)) return;
  throw new PolicyError(
    place,
    `invalid action '${pattern}': expected * or <service>:<name>, such as codepipeline:Get*`,
  );
}

function checkResource(pattern: string, place: string): void {
  const isArn = pattern.startsWith('arn:') && (pattern.split(':').length >= 6 || pattern.endsWith('*'));
  if (pattern === '*' || isArn) return;
  throw new PolicyError(place, `invalid resource '${pattern}': expected * or an ARN, which may contain * and ?`);
}
