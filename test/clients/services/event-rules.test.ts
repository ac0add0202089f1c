import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { account, clientConfig, region, serve } from '../../support/servers/server.ts';

const pattern = '{"source":["aws.s3"]}';
const pipeline = `arn:aws:codepipeline:${region}:${account}:shop`;
const roleArn = `arn:aws:iam::${account}:role/events`;
const arnOf = (rule: string) => `arn:aws:events:${region}:${account}:rule/${rule}`;
const target: Target = { Id: 'shop', Arn: pipeline, RoleArn: roleArn };

async function start(settings: Parameters<typeof serve>[0] = {}) {
  const { url } = await serve(settings);
  return new EventBridgeClient(clientConfig(url));
}

const failure = (code: string, message: string) => ({ name: code, message: expect.stringContaining(message) });

describe("Terraform's calls", () => {
  test('aws_cloudwatch_event_rule: create, no difference, update, tags, destroy', async () => {
    const client = await start();
    const input: PutRuleCommandInput = {
      Name: 'tf',
      Description: 'why',
      EventBusName: 'default',
      EventPattern: pattern,
      Tags: [{ Key: 'team', Value: 'a' }],
    };
    const read = async () => {
      const { $metadata: _, ...rule } = await client.send(
        new DescribeRuleCommand({ Name: 'tf', EventBusName: 'default' }),
      );
      const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN: rule.Arn }));
      return { rule, Tags };
    };
    const created = await client.send(new PutRuleCommand(input));
    expect(created.RuleArn).toBe(arnOf('tf'));
    const rule = {
      Name: 'tf',
      Arn: arnOf('tf'),
      Description: 'why',
      EventPattern: pattern,
      State: 'ENABLED',
      EventBusName: 'default',
      CreatedBy: account,
    };
    for (const _ of ['after apply', 'without difference']) {
      expect(await read()).toEqual({ rule, Tags: [{ Key: 'team', Value: 'a' }] });
    }
    await client.send(new UntagResourceCommand({ ResourceARN: arnOf('tf'), TagKeys: ['team'] }));
    await client.send(new TagResourceCommand({ ResourceARN: arnOf('tf'), Tags: [{ Key: 'owner', Value: '' }] }));
    await client.send(
      new PutRuleCommand({
        Name: 'tf',
        EventBusName: 'default',
        ScheduleExpression: 'rate(5 minutes)',
        State: 'DISABLED',
      }),
    );
    const { Description: _, EventPattern: __, ...kept } = rule;
    expect(await read()).toEqual({
      rule: { ...kept, ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' },
      Tags: [{ Key: 'owner', Value: '' }],
    });
    await client.send(new DeleteRuleCommand({ Name: 'tf', EventBusName: 'default' }));
    await expect(read()).rejects.toMatchObject(
      failure('ResourceNotFoundException', 'Rule tf does not exist on EventBus default.'),
    );
    await client.send(new DeleteRuleCommand({ Name: 'tf', EventBusName: 'default' }));
  });

  test('aws_cloudwatch_event_target: create, no difference, update, destroy with its rule', async () => {
    const client = await start();
    const of = { Rule: 'tf', EventBusName: 'default' };
    await client.send(new PutRuleCommand({ Name: 'tf', EventPattern: pattern }));
    const InputTransformer = {
      InputPathsMap: { v: '$.detail.object.version-id' },
      InputTemplate:
        '{"sourceRevisions":[{"actionName":"S","revisionType":"S3_OBJECT_VERSION_ID","revisionValue":"<v>"}]}',
    };
    const full: Target = { ...target, InputTransformer, RetryPolicy: { MaximumRetryAttempts: 3 } };
    const put = async (Targets: Target[]) => client.send(new PutTargetsCommand({ ...of, Targets }));
    const read = async () => (await client.send(new ListTargetsByRuleCommand({ ...of, Limit: 100 }))).Targets;
    expect(await put([full])).toMatchObject({ FailedEntryCount: 0, FailedEntries: [] });
    expect(await read()).toEqual([full]);
    expect(await read()).toEqual([full]);
    await put([target]);
    expect(await read()).toEqual([target]);
    await expect(client.send(new DeleteRuleCommand({ Name: 'tf' }))).rejects.toMatchObject(
      failure('ValidationException', "Rule can't be deleted since it has targets"),
    );
    expect(await client.send(new RemoveTargetsCommand({ ...of, Ids: ['shop'] }))).toMatchObject({
      FailedEntryCount: 0,
    });
    expect(await read()).toEqual([]);
    await client.send(new DeleteRuleCommand({ Name: 'tf' }));
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(new RemoveTargetsCommand({ ...of, Ids: ['shop'] }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

test('rules are listed in pages, by prefix and by their targets', async () => {
  const client = await start();
  for (const Name of ['b', 'a-1', 'a-2', 'a-3']) {
    await client.send(new PutRuleCommand({ Name, EventPattern: pattern }));
    await client.send(new PutTargetsCommand({ Rule: Name, Targets: [target] }));
  }
  const page = async (NextToken?: string) => {
    const { Rules = [], NextToken: next } = await client.send(
      new ListRulesCommand({ NamePrefix: 'a-', Limit: 2, NextToken }),
    );
    return { names: Rules.map(({ Name }) => Name), next };
  };
  const first = await page();
  expect(first.names).toEqual(['a-1', 'a-2']);
  expect(await page(first.next)).toEqual({ names: ['a-3'], next: undefined });
  await expect(page('forged')).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(client.send(new ListRulesCommand({ NextToken: first.next }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  const { RuleNames, NextToken } = await client.send(
    new ListRuleNamesByTargetCommand({ TargetArn: pipeline, Limit: 3 }),
  );
  expect(RuleNames).toEqual(['a-1', 'a-2', 'a-3']);
  expect(await client.send(new ListRuleNamesByTargetCommand({ TargetArn: pipeline, NextToken }))).toMatchObject({
    RuleNames: ['b'],
  });
});

test('rules are disabled and enabled', async () => {
  const client = await start();
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
  const state = async () => (await client.send(new DescribeRuleCommand({ Name: 'r' }))).State;
  await client.send(
    new DisableRuleCommand({ Name: 'r', EventBusName: `arn:aws:events:${region}:${account}:event-bus/default` }),
  );
  expect(await state()).toBe('DISABLED');
  await client.send(new EnableRuleCommand({ Name: 'r' }));
  expect(await state()).toBe('ENABLED');
  await expect(client.send(new EnableRuleCommand({ Name: 'nosuch' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test.each<[string, Partial<PutRuleCommandInput>, string, string]>([
  ['neither', {}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'],
  [
    'a bad pattern',
    { EventPattern: '{"source":"aws.s3"}' },
    'InvalidEventPatternException',
    'Event pattern is not valid. Reason: "source" must be an object or an array',
  ],
  ['no JSON', { EventPattern: '{' }, 'InvalidEventPatternException', 'Reason: Invalid JSON'],
  [
    'a large pattern',
    { EventPattern: `{"source":["${'x'.repeat(4096)}"]}` },
    'ValidationException',
    'length less than or equal to 4096',
  ],
  [
    'five fields',
    { ScheduleExpression: 'cron(0 10 * * ?)' },
    'ValidationException',
    'Parameter ScheduleExpression is not valid.',
  ],
  [
    'a plural',
    { ScheduleExpression: 'rate(1 minutes)' },
    'ValidationException',
    'Parameter ScheduleExpression is not valid.',
  ],
  [
    'another bus',
    { EventPattern: pattern, EventBusName: 'mine' },
    'ResourceNotFoundException',
    'Event bus mine does not exist.',
  ],
  [
    'a bus of another account',
    { EventPattern: pattern, EventBusName: `arn:aws:events:${region}:210987654321:event-bus/default` },
    'ResourceNotFoundException',
    'does not exist',
  ],
  ['a name with spaces', { EventPattern: pattern, Name: 'a b' }, 'ValidationException', 'regular expression pattern'],
  ['a system tag', { EventPattern: pattern, Tags: [{ Key: 'aws:x', Value: '' }] }, 'ValidationException', 'aws:'],
])('PutRule refuses %s', async (_, input, code, message) => {
  const client = await start();
  await expect(client.send(new PutRuleCommand({ Name: 'r', ...input }))).rejects.toMatchObject(failure(code, message));
});

test.each<[string, Partial<Target>, string]>([
  ['no role', { RoleArn: undefined }, `RoleArn is required for target ${pipeline}.`],
  ['no ARN', { Arn: 'shop' }, 'Parameter shop is not valid. Reason: Provided Arn is not in correct format.'],
  ['a function', { Arn: `arn:aws:lambda:${region}:${account}:function:f` }, 'Target shop is not a pipeline'],
  [
    'another Region',
    { Arn: `arn:aws:codepipeline:eu-north-1:${account}:shop` },
    'must be in the account and the Region',
  ],
  ['a user as a role', { RoleArn: `arn:aws:iam::${account}:user/u` }, 'is not the ARN of a role'],
  ['a dead-letter queue', { DeadLetterConfig: { Arn: `arn:aws:sqs:${region}:${account}:q` } }, 'millrace events'],
  ['parameters of others', { KinesisParameters: { PartitionKeyPath: '$' } }, 'KinesisParameters cannot be specified'],
  ['input that is no JSON', { Input: '{' }, 'JSON syntax error in input for target shop'],
  ['two inputs', { Input: '{}', InputPath: '$' }, 'Only one of Input, InputPath, or InputTransformer'],
])('PutTargets refuses %s', async (_, parts, message) => {
  const client = await start();
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
  const put = client.send(
    new PutTargetsCommand({
      Rule: 'r',
      Targets: [
        { ...target, Id: 'ok' },
        { ...target, ...parts },
      ],
    }),
  );
  await expect(put).rejects.toMatchObject(failure('ValidationException', message));
  expect((await client.send(new ListTargetsByRuleCommand({ Rule: 'r' }))).Targets).toEqual([]);
});

test('quotas and strict roles hold', async () => {
  const client = await start({ quotaEventRules: 1, quotaTargetsPerRule: 1, strictRoles: 'on' });
  await client.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
  await expect(client.send(new PutRuleCommand({ Name: 's', EventPattern: pattern }))).rejects.toMatchObject(
    failure('LimitExceededException', 'exceeds the maximum number allowed'),
  );
  await expect(client.send(new PutTargetsCommand({ Rule: 'r', Targets: [target] }))).rejects.toMatchObject(
    failure('ValidationException', `Provided role '${roleArn}' cannot be assumed by principal 'events.amazonaws.com'.`),
  );
  const lenient = await start({ quotaTargetsPerRule: 1 });
  await lenient.send(new PutRuleCommand({ Name: 'r', EventPattern: pattern }));
  const two = new PutTargetsCommand({ Rule: 'r', Targets: [target, { ...target, Id: 'b' }] });
  await expect(lenient.send(two)).rejects.toMatchObject({ name: 'LimitExceededException' });
});

test('tags are those of rules of the account and Region', async () => {
  const client = await start();
  await expect(client.send(new ListTagsForResourceCommand({ ResourceARN: arnOf('nosuch') }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  const other = `arn:aws:events:${region}:${account}:event-bus/default`;
  await expect(client.send(new ListTagsForResourceCommand({ ResourceARN: other }))).rejects.toMatchObject(
    failure('ValidationException', 'is not the ARN of a rule'),
  );
});
