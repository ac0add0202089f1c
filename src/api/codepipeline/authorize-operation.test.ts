import { describe, expect, test } from 'vitest';
import type { ActionTypeId, Operations } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import { callerOfAccessKey, callerOfJob } from '../../identity/caller.ts';
import { authorizeOperation, type ResourceFacts } from '../../identity/policies/authorize-operation.ts';
import { parsePolicy } from '../../identity/policies/policy.ts';
import type { TaggedResource } from '../../model/arn.ts';
import { operations } from './index.ts';
import type { Operation } from './operation.ts';
import { actionTypeResource } from './resources.ts';

const scope = { account: '111111111111', region: 'eu-west-1' };
const start = 'arn:aws:codepipeline:eu-west-1:111111111111:';
const key = { accessKeyId: 'AKIA', account: scope.account, name: 'ci' };
const root = callerOfAccessKey({ ...key, isRoot: true });

const tagsOf: Record<string, Record<string, string>> = {
  web: { team: 'web' },
  app: { team: 'app', stage: 'prod' },
  hook: { team: 'web' },
};

const mill: ActionTypeId = { category: 'Build', owner: 'Custom', provider: 'Mill', version: '1' };
const typesOfJobs: Record<string, ActionTypeId> = {
  'job-of-mill': mill,
  'job-of-other': { ...mill, provider: 'Other' },
};

const noFacts: ResourceFacts = {
  tagsOf: async () => undefined,
  resourceOfJob: async () => undefined,
  rolesOfSources: async () => [],
  requiresPassRole: false,
};

function userWith(...Statement: object[]) {
  return callerOfAccessKey({ ...key, isRoot: false, policies: [parsePolicy({ Statement })] });
}

/** Authorizes with the tags above and records the look-ups. */
async function ask<Name extends OperationName>(caller: typeof root, name: Name, input: Operations[Name]['input']) {
  const asked: TaggedResource[] = [];
  const operation: Operation<Name> = operations[name];
  const decision = await authorizeOperation(
    caller,
    { operation, input, scope },
    {
      ...noFacts,
      async tagsOf(resource) {
        asked.push(resource);
        return 'name' in resource ? tagsOf[resource.name] : undefined;
      },
      async resourceOfJob(jobId) {
        const id = typesOfJobs[jobId];
        return id && actionTypeResource(id, scope);
      },
    },
  );
  return { decision, asked, isAllowed: decision.isAllowed };
}

describe('a key that may poll one action type', () => {
  const robot = userWith(
    { Effect: 'Allow', Action: 'codepipeline:PollForJobs', Resource: `${start}actiontype:Custom/Build/Mill/*` },
    { Effect: 'Allow', Action: ['codepipeline:AcknowledgeJob', 'codepipeline:PutJob*Result'], Resource: '*' },
  );

  test.each<[string, ActionTypeId, boolean]>([
    ['its own', mill, true],
    ['another version of it', { ...mill, version: '2' }, true],
    ['another provider', { ...mill, provider: 'Mill-2' }, false],
    ['another category', { ...mill, category: 'Deploy' }, false],
    ['an owner AWS', { ...mill, owner: 'AWS' }, false],
    ['a provider that is a pattern', { ...mill, provider: '*' }, false],
  ])('%s', async (_, actionTypeId, expected) => {
    expect((await ask(robot, 'PollForJobs', { actionTypeId })).isAllowed).toBe(expected);
  });

  test('may do nothing else', async () => {
    expect((await ask(robot, 'AcknowledgeJob', { jobId: 'j', nonce: '1' })).isAllowed).toBe(true);
    expect((await ask(robot, 'GetJobDetails', { jobId: 'j' })).isAllowed).toBe(false);
    expect((await ask(robot, 'ListPipelines', {})).isAllowed).toBe(false);
    expect((await ask(robot, 'PutThirdPartyJobSuccessResult', { jobId: 'j', clientToken: 't' })).isAllowed).toBe(false);
  });
});

describe('a key that may complete the jobs of one action type', () => {
  const calls = ['codepipeline:AcknowledgeJob', 'codepipeline:GetJobDetails', 'codepipeline:Put*Result'];
  const robot = userWith({ Effect: 'Allow', Action: calls, Resource: `${start}actiontype:Custom/Build/Mill/*` });

  test('may not complete those of another', async () => {
    for (const [jobId, expected] of [
      ['job-of-mill', true],
      ['job-of-other', false],
    ] as const) {
      expect((await ask(robot, 'AcknowledgeJob', { jobId, nonce: '1' })).isAllowed).toBe(expected);
      expect((await ask(robot, 'PutJobSuccessResult', { jobId })).isAllowed).toBe(expected);
      expect((await ask(robot, 'PutThirdPartyJobSuccessResult', { jobId, clientToken: 't' })).isAllowed).toBe(expected);
    }
  });

  test('a statement for all resources covers all jobs', async () => {
    const anyJob = userWith({ Effect: 'Allow', Action: calls, Resource: '*' });
    for (const jobId of ['job-of-mill', 'job-of-other', 'unknown']) {
      expect((await ask(anyJob, 'GetJobDetails', { jobId })).isAllowed).toBe(true);
    }
  });

  test('a missing job is left to the operation to report, unless a policy denies the call', async () => {
    expect((await ask(robot, 'GetJobDetails', { jobId: 'unknown' })).isAllowed).toBe(true);
    const forbidden = userWith(
      { Effect: 'Allow', Action: calls, Resource: `${start}actiontype:Custom/Build/Mill/*` },
      { Effect: 'Deny', Action: '*', Resource: '*' },
    );
    expect((await ask(forbidden, 'GetJobDetails', { jobId: 'unknown' })).isAllowed).toBe(false);
  });

  test('a denial names the action type of an existing job', async () => {
    const { decision } = await ask(robot, 'GetJobDetails', { jobId: 'job-of-other' });
    expect(decision).toMatchObject({ message: expect.stringContaining(`${start}actionType:Custom/Build/Other/1`) });
  });
});

describe('passing roles', () => {
  const statement = { Effect: 'Allow', Action: 'codepipeline:*', Resource: '*' };
  const passing = { Effect: 'Allow', Action: 'iam:PassRole', Resource: 'arn:aws:iam::111111111111:role/own-*' };
  const own = 'arn:aws:iam::111111111111:role/own-build';
  const admins = 'arn:aws:iam::111111111111:role/admins';
  const facts = { ...noFacts, requiresPassRole: true, rolesOfSources: async () => [admins] };
  const judge = <Name extends OperationName>(
    name: Name,
    input: Operations[Name]['input'],
    caller = userWith(statement, passing),
  ) => authorizeOperation(caller, { operation: operations[name] as Operation<Name>, input, scope }, facts);
  const action = { name: 'a', actionTypeId: mill };
  const rule = { name: 'r', ruleTypeId: { category: 'Rule', provider: 'LambdaInvoke' } as const };
  const stage = { name: 's', actions: [action] };

  test.each([
    ['its own', { name: 'p', roleArn: own, stages: [stage] }, true],
    ['of the pipeline', { name: 'p', roleArn: admins, stages: [stage] }, false],
    [
      'of an action',
      { name: 'p', roleArn: own, stages: [{ ...stage, actions: [{ ...action, roleArn: admins }] }] },
      false,
    ],
    [
      'of a rule',
      {
        name: 'p',
        roleArn: own,
        stages: [{ ...stage, onSuccess: { conditions: [{ rules: [{ ...rule, roleArn: admins }] }] } }],
      },
      false,
    ],
  ])('a role %s', async (_, pipeline, expected) => {
    for (const name of ['CreatePipeline', 'UpdatePipeline'] as const) {
      const decision = await judge(name, { pipeline });
      expect(decision.isAllowed).toBe(expected);
      if (!decision.isAllowed) {
        expect(decision.message).toBe(
          `User: arn:aws:iam::111111111111:user/ci is not authorized to perform: iam:PassRole on resource: ${admins} because no identity-based policy allows the iam:PassRole action`,
        );
      }
    }
  });

  test('a start with a revision passes the role of its source, one without passes none', async () => {
    const revision = { actionName: 'Source', revisionType: 'S3_OBJECT_KEY' as const, revisionValue: 'other.zip' };
    expect((await judge('StartPipelineExecution', { name: 'p' })).isAllowed).toBe(true);
    expect((await judge('StartPipelineExecution', { name: 'p', sourceRevisions: [revision] })).isAllowed).toBe(false);
  });

  test('a policy may restrict the service that a role is passed to', async () => {
    const toService = (service: string) => ({
      ...passing,
      Condition: { StringEquals: { 'iam:PassedToService': service } },
    });
    const pipeline = { name: 'p', roleArn: own, stages: [] };
    const askWith = (service: string) => judge('CreatePipeline', { pipeline }, userWith(statement, toService(service)));
    expect((await askWith('codepipeline.amazonaws.com')).isAllowed).toBe(true);
    expect((await askWith('lambda.amazonaws.com')).isAllowed).toBe(false);
  });
});

describe('a team restricted to resources with its tag', () => {
  const tagged = { StringEquals: { 'aws:ResourceTag/team': 'web' } };
  const team = userWith(
    { Effect: 'Allow', Action: 'codepipeline:*', Resource: '*', Condition: tagged },
    {
      Effect: 'Allow',
      Action: ['codepipeline:CreatePipeline', 'codepipeline:TagResource'],
      Resource: '*',
      Condition: {
        StringEqualsIfExists: { 'aws:RequestTag/team': 'web' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stage'] },
      },
    },
    {
      Effect: 'Deny',
      Action: 'codepipeline:UntagResource',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } },
    },
  );
  const pipeline = { name: 'new', roleArn: '', stages: [] };
  const withTags = (...tags: [string, string][]) => ({ pipeline, tags: tags.map(([key, value]) => ({ key, value })) });
  const hookFor = (targetPipeline: string) => ({
    webhook: {
      name: 'hook',
      targetPipeline,
      targetAction: 'a',
      filters: [],
      authentication: 'UNAUTHENTICATED' as const,
      authenticationConfiguration: {},
    },
  });

  test.each([
    ['its pipeline', 'web', true],
    ['a foreign one', 'app', false],
    ['one that does not exist', 'none', false],
  ])('%s', async (_, name, expected) => {
    expect((await ask(team, 'GetPipeline', { name })).isAllowed).toBe(expected);
    const transition = { pipelineName: name, stageName: 's', transitionType: 'Inbound' as const };
    expect((await ask(team, 'EnableStageTransition', transition)).isAllowed).toBe(expected);
  });

  test.each<[string, ReturnType<typeof withTags>, boolean]>([
    ['its tag', withTags(['team', 'web']), true],
    ['its tag and a known one', withTags(['team', 'web'], ['stage', 'dev']), true],
    ['the tag of others', withTags(['team', 'app']), false],
    ['an unexpected tag', withTags(['team', 'web'], ['cost', '1']), false],
    ['the tag of others in another case', withTags(['Team', 'app']), false],
  ])('creates with %s', async (_, input, expected) => {
    expect((await ask(team, 'CreatePipeline', input)).isAllowed).toBe(expected);
  });

  test("may not let its webhook start another team's pipeline: each resource is judged by its own tags", async () => {
    expect((await ask(team, 'PutWebhook', hookFor('web'))).isAllowed).toBe(true);
    expect((await ask(team, 'PutWebhook', hookFor('app'))).isAllowed).toBe(false);
  });

  test('may not remove its tag, however the ARN is spelled', async () => {
    for (const resourceArn of [`${start}web`, 'arn:aws:codepipeline:eu-west-1::web']) {
      const untag = (tagKeys: string[]) => ask(team, 'UntagResource', { resourceArn, tagKeys });
      expect((await untag(['stage'])).isAllowed).toBe(true);
      const { decision } = await untag(['stage', 'team']);
      expect(decision).toMatchObject({ isAllowed: false, isExplicit: true });
    }
  });
});

test('tags are looked up only for callers whose policies depend on them', async () => {
  const reader = userWith({ Effect: 'Allow', Action: 'codepipeline:Get*', Resource: `${start}web` });
  expect(await ask(reader, 'GetPipeline', { name: 'web' })).toMatchObject({ isAllowed: true, asked: [] });
  expect(await ask(root, 'GetPipeline', { name: 'web' })).toMatchObject({ isAllowed: true, asked: [] });
});

test('a denial names the action, the resource and the reason', async () => {
  const user = userWith(
    { Effect: 'Allow', Action: 'codepipeline:GetPipeline', Resource: '*' },
    { Effect: 'Deny', Action: 'codepipeline:*', Resource: `${start}prod/*` },
  );
  const messageOf = async <Name extends OperationName>(name: Name, input: Operations[Name]['input']) => {
    const { decision } = await ask(user, name, input);
    return decision.isAllowed
      ? ''
      : decision.message.replace('User: arn:aws:iam::111111111111:user/ci is not authorized to perform: ', '');
  };
  expect(await messageOf('DeletePipeline', { name: 'prod' })).toBe(
    `codepipeline:DeletePipeline on resource: ${start}prod because no identity-based policy allows the codepipeline:DeletePipeline action`,
  );
  expect(
    await messageOf('EnableStageTransition', { pipelineName: 'prod', stageName: 's', transitionType: 'Inbound' }),
  ).toBe(
    `codepipeline:EnableStageTransition on resource: ${start}prod/s with an explicit deny in an identity-based policy`,
  );
  expect(await messageOf('GetJobDetails', { jobId: 'j' })).toBe(
    'codepipeline:GetJobDetails because no identity-based policy allows the codepipeline:GetJobDetails action',
  );
});

test('a job may call no operation', async () => {
  const statement = { ...scope, jobId: 'j', roleName: 'R', read: [], write: [], issuedAt: 0, expiresAt: 1 };
  const job = callerOfJob('ASIA', statement);
  const call = { operation: operations.GetJobDetails, input: { jobId: 'j' }, scope };
  expect((await authorizeOperation(job, call, noFacts)).isAllowed).toBe(false);
});
