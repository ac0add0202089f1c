import { describe, expect, test } from 'vitest';
import { type AccessRequest, evaluate, type Verdict } from './evaluate-policy.ts';
import { parsePolicy } from './policy.ts';

const pipelines = 'arn:aws:codepipeline:eu-west-1:111111111111:';
const types = `${pipelines}actionType:Custom/Build/`;

const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const deny = (...rest: Parameters<typeof allow>) => ({ ...allow(...rest), Effect: 'Deny' });

function ask(statements: object[], action: string, ...resources: string[]): Verdict {
  return evaluate([parsePolicy({ Statement: statements })], { action, resources });
}

describe('actions and resources', () => {
  const poll = 'codepipeline:PollForJobs';
  test.each<[string, object[], string, string[], Verdict]>([
    ['the action itself', [allow(poll)], poll, [`${types}x/1`], 'allowed'],
    ['an action in different case', [allow('CodePipeline:POLLforjobs')], poll, [`${types}x/1`], 'allowed'],
    ['another action', [allow('codepipeline:PollForJob')], poll, ['*'], 'implicitDeny'],
    ['another service', [allow('s3:*')], poll, ['*'], 'implicitDeny'],
    ['a wildcard', [allow('codepipeline:Poll*')], poll, ['*'], 'allowed'],
    ['a question mark', [allow('codepipeline:?ollForJobs')], poll, ['*'], 'allowed'],
    ['everything', [allow('*')], poll, ['*'], 'allowed'],
    ['one of a list', [allow(['s3:*', poll])], poll, ['*'], 'allowed'],
    ['no matching statement', [deny('s3:*')], poll, ['*'], 'implicitDeny'],
    ['no resource, which means all', [allow(poll, `${types}*`)], poll, [], 'implicitDeny'],
    [
      'one of the resources only',
      [allow('*', `${pipelines}a`)],
      poll,
      [`${pipelines}a`, `${pipelines}b`],
      'implicitDeny',
    ],
    [
      'resources by two statements',
      [allow('*', `${pipelines}a`), allow('*', `${pipelines}b`)],
      poll,
      [`${pipelines}a`, `${pipelines}b`],
      'allowed',
    ],
    ['a resource in different case', [allow('*', `${pipelines}Prod`)], poll, [`${pipelines}prod`], 'implicitDeny'],
    [
      'a stage of an allowed pipeline',
      [allow('*', `${pipelines}prod`)],
      poll,
      [`${pipelines}prod/Deploy`],
      'implicitDeny',
    ],
    ['a stage matched by a wildcard', [allow('*', `${pipelines}prod/*`)], poll, [`${pipelines}prod/Deploy`], 'allowed'],
    [
      'a pipeline with the same prefix',
      [allow('*', `${pipelines}prod/*`)],
      poll,
      [`${pipelines}prod-2`],
      'implicitDeny',
    ],
    [
      'all of a region',
      [allow('*', `${pipelines}*`)],
      poll,
      ['arn:aws:codepipeline:us-east-1:111111111111:a'],
      'implicitDeny',
    ],
    [
      'an account in the name',
      [allow('*', `${pipelines}a`)],
      poll,
      [`arn:aws:codepipeline:eu-west-1:2:${pipelines}a`],
      'implicitDeny',
    ],
    ['deny over allow', [allow('*'), deny(poll)], poll, ['*'], 'explicitDeny'],
    ['deny before allow', [deny(poll), allow('*')], poll, ['*'], 'explicitDeny'],
    ['deny of another resource', [allow('*'), deny('*', `${pipelines}a`)], poll, [`${pipelines}b`], 'allowed'],
    [
      'deny of one of the resources',
      [allow('*'), deny('*', `${pipelines}a`)],
      poll,
      [`${pipelines}b`, `${pipelines}a`],
      'explicitDeny',
    ],
    [
      'the other spelling of an action type',
      [allow('*', `${pipelines}actiontype:Custom/*`)],
      poll,
      [`${types}x/1`],
      'allowed',
    ],
    [
      'a denied action type spelled otherwise',
      [allow('*'), deny('*', `${pipelines}actiontype:*`)],
      poll,
      [`${types}x/1`],
      'explicitDeny',
    ],
    [
      'an object whose key looks like one',
      [allow('*', 'arn:aws:s3:::b/:actiontype:')],
      's3:GetObject',
      ['arn:aws:s3:::b/:actionType:'],
      'implicitDeny',
    ],
  ])('%s', (_, statements, action, resources, verdict) => {
    expect(ask(statements, action, ...resources)).toBe(verdict);
  });
});

describe('exclusion', () => {
  const readers = [{ Effect: 'Allow', NotAction: ['codepipeline:Delete*', 'iam:*'], Resource: '*' }];
  const fence = [allow('*'), { Effect: 'Deny', Action: '*', NotResource: [`${pipelines}dev-*`] }];
  test.each<[object[], string, string, Verdict]>([
    [readers, 'codepipeline:GetPipeline', `${pipelines}a`, 'allowed'],
    [readers, 'codepipeline:DeletePipeline', `${pipelines}a`, 'implicitDeny'],
    [readers, 'IAM:CreateUser', '*', 'implicitDeny'],
    [fence, 'codepipeline:GetPipeline', `${pipelines}dev-1`, 'allowed'],
    [fence, 'codepipeline:GetPipeline', `${pipelines}prod`, 'explicitDeny'],
    [fence, 'codepipeline:GetJobDetails', '*', 'explicitDeny'],
  ])('%j %s on %s: %s', (statements, action, resource, verdict) => {
    expect(ask(statements, action, resource)).toBe(verdict);
  });

  test('excludes both spellings of an action type', () => {
    const statements = [{ Effect: 'Allow', Action: '*', NotResource: `${pipelines}actiontype:*` }];
    expect(ask(statements, 'codepipeline:PollForJobs', `${types}x/1`)).toBe('implicitDeny');
  });
});

describe('conditions', () => {
  const team = { 'aws:ResourceTag/team': 'web' };
  const keys = { 'aws:TagKeys': ['team', 'stage'] };
  const user = 'arn:aws:iam::111111111111:user/ci';
  test.each<[object, NonNullable<AccessRequest['context']>, boolean]>([
    [{ StringEquals: { 'aws:ResourceTag/team': 'web' } }, team, true],
    [{ StringEquals: { 'aws:ResourceTag/team': ['app', 'web'] } }, team, true],
    [{ StringEquals: { 'AWS:RESOURCETAG/TEAM': 'web' } }, team, true],
    [{ StringEquals: { 'aws:ResourceTag/team': 'Web' } }, team, false],
    [{ StringEquals: { 'aws:ResourceTag/team': 'w*' } }, team, false],
    [{ StringEquals: { 'aws:ResourceTag/team': 'web' } }, {}, false],
    [{ StringEquals: { 'aws:RequestTag/team': 'web' } }, team, false],
    [{ StringEqualsIfExists: { 'aws:ResourceTag/team': 'web' } }, {}, true],
    [{ StringEqualsIfExists: { 'aws:ResourceTag/team': 'app' } }, team, false],
    [{ StringNotEquals: { 'aws:ResourceTag/team': 'app' } }, team, true],
    [{ StringNotEquals: { 'aws:ResourceTag/team': ['app', 'web'] } }, team, false],
    [{ StringNotEquals: { 'aws:ResourceTag/team': 'app' } }, {}, true],
    [{ StringLike: { 'aws:ResourceTag/team': 'w?b' } }, team, true],
    [{ StringNotLike: { 'aws:ResourceTag/team': 'w*' } }, team, false],
    [{ StringEquals: { ...team, 'aws:ResourceTag/stage': 'dev' } }, team, false],
    [{ StringEquals: team, Null: { 'aws:ResourceTag/stage': 'true' } }, team, true],
    [{ Null: { 'aws:ResourceTag/team': 'true' } }, team, false],
    [{ Null: { 'aws:ResourceTag/team': 'false' } }, team, true],
    [{ Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': [] }, false],
    [{ Bool: { 'aws:ResourceTag/locked': 'false' } }, { 'aws:ResourceTag/locked': 'False' }, true],
    [{ Bool: { 'aws:ResourceTag/locked': false } }, {}, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage', 'x'] } }, keys, true],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }, keys, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }, {}, true],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['stage'] } }, keys, true],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['x'] } }, keys, false],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['x'] } }, {}, false],
    [{ 'ForAnyValue:StringNotLike': { 'aws:TagKeys': ['te*'] } }, keys, true],
    [{ 'ForAllValues:StringNotLike': { 'aws:TagKeys': ['te*'] } }, keys, false],
    [{ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': ['x'] } }, {}, true],
    [{ ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111111111111:user/*' } }, { 'aws:PrincipalArn': user }, true],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:*' } }, { 'aws:PrincipalArn': user }, false],
    // Two tags that differ only in case are one key with two values: neither hides the other from a condition.
    [{ StringEquals: team }, { 'aws:ResourceTag/Team': 'app', ...team }, true],
    [{ StringNotEquals: team }, { 'aws:ResourceTag/Team': 'app', ...team }, false],
    [{ StringEquals: { 'aws:ResourceTag/__proto__': 'x' } }, team, false],
    [{ StringEquals: { 'aws:ResourceTag/constructor': 'x' } }, {}, false],
  ])('%j with %j: %s', (condition, context, isMet) => {
    const policy = parsePolicy({ Statement: allow('codepipeline:*', '*', condition) });
    const request = { action: 'codepipeline:GetPipeline', resources: [`${pipelines}a`], context };
    expect(evaluate([policy], request) === 'allowed').toBe(isMet);
  });
});

describe('several policies', () => {
  const [writer, keeper] = [allow('codepipeline:*'), deny('codepipeline:Delete*')].map((Statement) =>
    parsePolicy({ Statement }),
  );
  const request = (name: string) => ({ action: `codepipeline:${name}`, resources: [`${pipelines}a`] });
  test('are evaluated as one', () => {
    if (!writer || !keeper) throw new Error('two policies were parsed');
    expect(evaluate([writer, keeper], request('GetPipeline'))).toBe('allowed');
    expect(evaluate([writer, keeper], request('DeletePipeline'))).toBe('explicitDeny');
    expect(evaluate([keeper], request('GetPipeline'))).toBe('implicitDeny');
    expect(evaluate([], request('GetPipeline'))).toBe('implicitDeny');
  });
});
