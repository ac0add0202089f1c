import { describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage, twoStages } from '../../../test/support/pipelines/declarations.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { startByWebhook } from './start-by-webhook.ts';

const start = {
  webhookId: 'hook-1',
  webhookArn: 'arn:aws:codepipeline:us-east-1:123456789012:webhook:Hook',
  targetAction: 'Fetch',
  deliveries: ['delivery:1', 'body:2'],
};

function receive(harness: Harness, webhook: Snapshot['webhook'] = {}, members: Partial<typeof start> = {}) {
  return harness.advance({}, (snapshot, moment) =>
    startByWebhook({ ...snapshot, webhook }, { ...start, ...members }, moment),
  );
}

describe('an event (behaviour C.13)', () => {
  test('starts an execution with the trigger Webhook and is recorded with it', () => {
    const harness = createHarness(twoStages());
    const decision = receive(harness);
    const [execution] = harness.executions();
    expect(execution).toMatchObject({
      trigger: { triggerType: 'Webhook', triggerDetail: start.webhookArn },
      sourceBindings: [],
      stages: [{ stageName: 'Source', status: 'InProgress' }],
    });
    expect(decision).toMatchObject({ answer: { executionId: execution?.id, isRepeated: false } });
    expect(changesOf(decision).at(-1)).toEqual({
      kind: 'webhookTriggered',
      executionId: execution?.id,
      webhookId: 'hook-1',
      deliveries: start.deliveries,
    });
  });

  test('that is repeated starts nothing and returns the execution it started earlier', () => {
    const decision = receive(createHarness(twoStages()), { startedExecutionId: 'first' });
    expect(decision).toEqual({ changes: [], answer: { executionId: 'first', isRepeated: true } });
  });

  test('whose webhook has been deleted meanwhile starts nothing', () => {
    const harness = createHarness(twoStages());
    const decision = harness.advance({}, (snapshot, moment) => startByWebhook(snapshot, start, moment));
    expect(refusalOf(decision)).toMatchObject({ refuse: 'WebhookNotFoundException' });
    expect(harness.executions()).toEqual([]);
  });

  test('whose action does not exist or is not a source is refused', () => {
    const harness = createHarness(declare([stage('Source', source()), stage('Build', action('Compile'))]));
    for (const targetAction of ['Gone', 'Compile']) {
      expect(refusalOf(receive(harness, {}, { targetAction }))).toEqual({
        refuse: 'ActionNotFoundException',
        message: `Pipeline 'Mill' does not have a source action with name '${targetAction}'`,
      });
    }
    expect(harness.executions()).toEqual([]);
  });

  test('without a value for a required variable starts an execution that fails (behaviour C.3)', () => {
    const harness = createHarness(twoStages({ pipelineType: 'V2', variables: [{ name: 'Target' }] }));
    expect(receive(harness)).toMatchObject({ answer: { isRepeated: false } });
    expect(harness.executions()).toMatchObject([{ status: 'Failed' }]);
  });
});
