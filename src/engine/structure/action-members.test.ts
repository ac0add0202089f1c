import { describe, expect, test } from 'vitest';
import { action, actionType, catalogue, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { PipelineType } from '../../contract/generated.ts';
import type { StoredAction } from '../../model/pipeline.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { checkStructure } from './structure.ts';

const commands = actionType({
  category: 'Compute',
  owner: 'AWS',
  provider: 'Commands',
  attributes: { needsV2: true, readsCommands: true, readsEnvironment: true },
});
const cluster = actionType({
  category: 'Deploy',
  owner: 'AWS',
  provider: 'EKS',
  attributes: { readsEnvironment: true },
});
const approval = actionType({
  category: 'Approval',
  owner: 'AWS',
  provider: 'Manual',
  properties: [{ name: 'NotificationArn' }],
});

function check(only: StoredAction, pipelineType: PipelineType = 'V2') {
  return checkStructure({
    declaration: declare([stage('Source', source()), stage('Work', only)], { pipelineType }),
    actionTypes: [...catalogue, commands, cluster, approval],
    region: 'us-east-1',
    quotas: defaultQuotas,
  });
}

const run = (parts: Partial<StoredAction> = {}): StoredAction => ({
  ...action('Run', { type: commands, commands: ['make'] }),
  ...parts,
});
const approve = (NotificationArn: string) => action('Ask', { type: approval, configuration: { NotificationArn } });
const refusal = (message: string) => ({ refuse: 'InvalidActionDeclarationException', message });

describe('commands (behaviour B.1, D.2)', () => {
  test('need a V2 pipeline', () => {
    expect(check(run())).toBeUndefined();
    expect(check(run(), 'V1')).toEqual(refusal('Commands Action can only be used with V2 pipelines.'));
  });

  test.each([undefined, []])('are required: %s', (none) => {
    expect(check(run({ commands: none }))).toEqual(refusal('Action Run must have a non-empty commands field'));
  });

  test('can come with output variables, an environment and output files', () => {
    const environmentVariables = [{ name: 'A', value: 'b' }];
    const outputArtifacts = [{ name: 'Built', files: ['a'] }];
    expect(check(run({ outputVariables: ['Tag'], environmentVariables, outputArtifacts }))).toBeUndefined();
  });

  test('EKS actions may have an environment only', () => {
    const environmentVariables = [{ name: 'A', value: 'b' }];
    expect(check(action('Go', { type: cluster, environmentVariables }))).toBeUndefined();
    expect(check(action('Go', { type: cluster, commands: ['make'] }))?.message).toContain(
      'cannot contain a commands field',
    );
  });
});

describe('manual approvals (behaviour B.1, B.2)', () => {
  test('may declare a time-out', () => {
    expect(check({ ...action('Ask', { type: approval }), timeoutInMinutes: 60 })).toBeUndefined();
  });

  test.each([
    'arn:aws:sns:us-east-1:123456789012:topic',
    'arn:aws-cn:sns:us-east-1:123456789012:topic.fifo',
    'arn:aws:sns:#{codepipeline.PipelineExecutionId}:123456789012:topic',
  ])('allowed: %s', (arn) => {
    expect(check(approve(arn))).toBeUndefined();
  });

  test.each([
    'topic',
    'arn:aws:sqs:us-east-1:123456789012:queue',
    'arn:aws:sns:eu-west-1:123456789012:topic',
    'arn:aws:sns:us-east-1:1234:topic',
    'arn:aws:sns:us-east-1:123456789012:topic:subscription',
  ])('refused: %s', (arn) => {
    expect(check(approve(arn))).toEqual(
      refusal(
        `The NotificationArn '${arn}' of action 'Ask' is not valid. It must be the ARN of an Amazon SNS topic in region us-east-1.`,
      ),
    );
  });
});

test('a pipeline of sources only is refused (operations 4)', () => {
  const declaration = declare([stage('Source', source()), stage('More', source('Other', { outputs: ['Data'] }))]);
  expect(checkStructure({ declaration, actionTypes: catalogue, region: 'us-east-1', quotas: defaultQuotas })).toEqual({
    refuse: 'InvalidStructureException',
    message: 'Pipeline should contain at least 1 action whose category is not Source',
  });
});
