import { beforeEach, describe, expect, it } from 'vitest';
import { sampleEvent } from '../../test/support/events/event.ts';
import { ServiceError } from '../contract/errors.ts';
import type { EventRule, RuleTarget } from '../model/event-rule.ts';
import { DeliveryFailure } from './destination.ts';
import { createRuleDestination } from './rule-destination.ts';
import type { RuleStart } from './start-input.ts';

const pipelineTarget: RuleTarget = {
  Id: 'shop',
  Arn: 'arn:aws:codepipeline:eu-west-1:123456789012:shop',
  RoleArn: 'arn:aws:iam::123456789012:role/r',
};
const context = { deliveryId: 'd1', attempts: 1, at: Date.parse(sampleEvent.time) };
const { signal } = new AbortController();

let rules: (EventRule & { targets: RuleTarget[] })[];
let starts: RuleStart[];
let failure: Error | undefined;
let createdAt = 0;

const destination = createRuleDestination({
  rules: {
    find: async (_, name) => rules.find((rule) => rule.name === name),
    listTargets: async (_, name) => rules.find((rule) => rule.name === name)?.targets ?? [],
    hasTargets: async () => rules.length > 0,
    listPatternTargets: async () =>
      rules.flatMap(({ name, eventPattern, targets }) =>
        eventPattern ? targets.map(({ Id }) => ({ rule: name, targetId: Id, eventPattern, createdAt })) : [],
      ),
  },
  async start(_, start) {
    if (failure) throw failure;
    starts.push(start);
  },
});

function rule(name: string, parts: Partial<EventRule & { targets: RuleTarget[] }>) {
  rules.push({ name, state: 'ENABLED', targets: [pipelineTarget], ...parts });
}

const deliver = (name = 'r/shop', event = sampleEvent, given = context) =>
  destination.deliver(name, event, given, signal);

beforeEach(() => {
  [rules, starts, failure, createdAt] = [[], [], undefined, 0];
});

describe('an event', () => {
  it('goes to the targets of the rules whose pattern selects it', async () => {
    rule('all', {
      eventPattern: '{"source":["aws.codepipeline"]}',
      targets: [pipelineTarget, { ...pipelineTarget, Id: 'b' }],
    });
    rule('failed', { eventPattern: '{"detail":{"state":["FAILED"]}}' });
    rule('timed', { scheduleExpression: 'rate(1 hour)' });
    const failed = { ...sampleEvent, detail: { state: 'FAILED' } };
    expect(await destination.subscribersOf([sampleEvent, failed])).toEqual([
      ['all/shop', 'all/b'],
      ['all/shop', 'all/b', 'failed/shop'],
    ]);
  });

  it('of a schedule goes to its rule only', async () => {
    rule('timed', { scheduleExpression: 'rate(1 hour)' });
    rule('all', { eventPattern: '{"source":[{"prefix":""}]}' });
    const scheduled = {
      ...sampleEvent,
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:events:eu-west-1:123456789012:rule/timed'],
    };
    expect(await destination.subscribersOf([scheduled])).toEqual([['timed/shop']]);
  });

  it('from before the target was added goes to nobody, unless its caller says so', async () => {
    rule('all', { eventPattern: '{"source":[{"prefix":""}]}' });
    createdAt = Date.parse(sampleEvent.time) + 999;
    const put = { ...sampleEvent, source: 'shop', time: '2020-01-01T00:00:00Z' };
    expect(await destination.subscribersOf([sampleEvent, put])).toEqual([['all/shop'], ['all/shop']]);
    createdAt += 1;
    expect(await destination.subscribersOf([sampleEvent, put])).toEqual([[], ['all/shop']]);
  });

  it('lets others go on while it is compared with many patterns', async () => {
    createdAt = 0;
    const eventPattern = JSON.stringify({ detail: { text: Array(30).fill({ wildcard: 'x*yy*y' }) } });
    for (let index = 0; index < 20; index += 1) rule(`r${index}`, { eventPattern });
    const large = { ...sampleEvent, detail: { text: 'xy'.repeat(150_000) } };
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    expect(await destination.subscribersOf([large])).toEqual([[]]);
    isDone = true;
    expect(turns).toBeGreaterThan(1);
  });
});

describe('a delivery', () => {
  it('starts the pipeline, with the revisions and variables of the input', async () => {
    rule('r', {});
    const InputTransformer = {
      InputPathsMap: { state: '$.detail.state' },
      InputTemplate:
        '{"sourceRevisions":[{"actionName":"In","revisionType":"COMMIT_ID","revisionValue":"c1"}],"variables":[{"name":"s","value":"<state>"}]}',
    };
    rule('with-input', { targets: [{ ...pipelineTarget, InputTransformer }] });
    await deliver();
    await deliver('with-input/shop');
    const ruleArn = 'arn:aws:events:eu-west-1:123456789012:rule/r';
    expect(starts).toMatchObject([
      { pipelineName: 'shop', ruleArn, clientRequestToken: 'd1' },
      {
        sourceRevisions: [{ actionName: 'In', revisionType: 'COMMIT_ID', revisionValue: 'c1' }],
        variables: [{ name: 's', value: 'STARTED' }],
      },
    ]);
    expect(starts[0]?.variables).toBeUndefined();
  });

  it.each<[string, Partial<EventRule & { targets: RuleTarget[] }>, string]>([
    ['the target was removed', { targets: [] }, 'The rule no longer has this target.'],
    ['the rule is disabled', { state: 'DISABLED' }, 'The rule is disabled.'],
    ['the input is no JSON', { targets: [{ ...pipelineTarget, InputTransformer: { InputTemplate: '{' } }] }, 'JSON'],
    ['the input has no revisions', { targets: [{ ...pipelineTarget, Input: '{"sourceRevisions":1}' }] }, 'not valid'],
  ])('is given up when %s', async (_, parts, message) => {
    rule('r', parts);
    const refusal = await deliver().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DeliveryFailure);
    expect(refusal).toMatchObject({ isFinal: true, message: expect.stringContaining(message) });
  });

  it.each([
    ['PipelineNotFoundException', true],
    ['ValidationException', true],
    ['ConcurrentPipelineExecutionsLimitExceededException', false],
    ['ServiceUnavailable', false],
  ] as const)('after %s is final: %s', async (code, isFinal) => {
    rule('r', {});
    failure = new ServiceError(code, 'why');
    await expect(deliver()).rejects.toMatchObject({ isFinal, message: `${code}: why` });
  });

  it('is attempted as often and as long as the target says', async () => {
    failure = new ServiceError('ServiceUnavailable', 'away');
    rule('r', {
      targets: [{ ...pipelineTarget, RetryPolicy: { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60 } }],
    });
    await expect(deliver()).rejects.toMatchObject({ isFinal: false });
    await expect(deliver('r/shop', sampleEvent, { ...context, attempts: 2 })).rejects.toMatchObject({ isFinal: true });
    const late = { ...context, at: context.at + 60_000 };
    await expect(deliver('r/shop', sampleEvent, late)).rejects.toMatchObject({ isFinal: true });
  });
});
