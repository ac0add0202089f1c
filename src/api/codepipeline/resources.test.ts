import { describe, expect, test } from 'vitest';
import type { ActionTypeId, Operations, PipelineDeclaration } from '../../contract/generated.ts';
import type { OperationName } from '../../contract/model.ts';
import { operations } from './index.ts';
import type { Operation } from './operation.ts';

const scope = { account: '111111111111', region: 'eu-west-1' };
const start = 'arn:aws:codepipeline:eu-west-1:111111111111:';
const resourcesOf = <Name extends OperationName>(name: Name, input: Operations[Name]['input']) => {
  const operation: Operation<Name> = operations[name];
  return operation.resources(input, scope);
};
const arnsOf = <Name extends OperationName>(name: Name, input: Operations[Name]['input']) =>
  resourcesOf(name, input).map(({ arn }) => arn.replace(start, '…:'));

const id: ActionTypeId = { category: 'Build', owner: 'Custom', provider: 'Mill', version: '1' };
const stage = { pipelineName: 'p', stageName: 's' };
const pipeline = { name: 'p', roleArn: '', stages: [] } satisfies PipelineDeclaration;
const retry = { ...stage, pipelineExecutionId: 'e' };
const artifacts = { minimumCount: 0, maximumCount: 1 };
const webhook = {
  name: 'w',
  targetPipeline: 'p',
  targetAction: 'a',
  filters: [],
  authentication: 'UNAUTHENTICATED' as const,
  authenticationConfiguration: {},
};

test('a pipeline, a stage, an action', () => {
  expect(arnsOf('GetPipeline', { name: 'p' })).toEqual(['…:p']);
  expect(arnsOf('CreatePipeline', { pipeline })).toEqual(['…:p']);
  expect(arnsOf('UpdatePipeline', { pipeline })).toEqual(['…:p']);
  expect(arnsOf('StartPipelineExecution', { name: 'p' })).toEqual(['…:p']);
  expect(arnsOf('ListActionExecutions', { pipelineName: 'p' })).toEqual(['…:p']);
  expect(arnsOf('RetryStageExecution', { ...retry, retryMode: 'ALL_ACTIONS' })).toEqual(['…:p/s']);
  expect(arnsOf('EnableStageTransition', { ...stage, transitionType: 'Inbound' })).toEqual(['…:p/s']);
  const approval = { ...stage, actionName: 'a', token: 't', result: { summary: '', status: 'Approved' as const } };
  expect(arnsOf('PutApprovalResult', approval)).toEqual(['…:p/s/a']);
});

test('an action type', () => {
  const type = '…:actionType:Custom/Build/Mill/1';
  const named = { category: id.category, provider: id.provider, version: id.version };
  expect(arnsOf('PollForJobs', { actionTypeId: id })).toEqual([type]);
  expect(arnsOf('DeleteCustomActionType', named)).toEqual([type]);
  const created = { ...named, inputArtifactDetails: artifacts, outputArtifactDetails: artifacts };
  expect(arnsOf('CreateCustomActionType', created)).toEqual([type]);
});

test('a webhook and the pipeline that it starts', () => {
  expect(arnsOf('PutWebhook', { webhook })).toEqual(['…:webhook:w', '…:p']);
  expect(arnsOf('DeleteWebhook', { name: 'w' })).toEqual(['…:webhook:w']);
  expect(arnsOf('RegisterWebhookWithThirdParty', {})).toEqual(['…:webhook:*']);
});

test('operations without a resource of their own', () => {
  expect(arnsOf('ListPipelines', {})).toEqual(['…:*']);
  expect(arnsOf('ListWebhooks', {})).toEqual(['…:webhook:*']);
  expect(arnsOf('AcknowledgeJob', { jobId: 'j', nonce: '1' })).toEqual(['*']);
  expect(arnsOf('PutJobSuccessResult', { jobId: 'j' })).toEqual(['*']);
  expect(arnsOf('ListDeployActionExecutionTargets', { actionExecutionId: 'a' })).toEqual(['…:*']);
});

describe('all spellings of an ARN become one', () => {
  test.each([
    [`${start}p`, '…:p', { kind: 'pipeline', name: 'p' }],
    ['arn:aws:codepipeline:eu-west-1::p', '…:p', { kind: 'pipeline', name: 'p' }],
    ['arn:aws-cn:codepipeline:eu-west-1:111111111111:p', '…:p', { kind: 'pipeline', name: 'p' }],
    [`${start}webhook:w`, '…:webhook:w', { kind: 'webhook', name: 'w' }],
    [`${start}actiontype:Custom/Build/Mill/1`, '…:actionType:Custom/Build/Mill/1', { kind: 'actionType', id }],
    [`${start}actionType:Custom/Build/Mill/1`, '…:actionType:Custom/Build/Mill/1', { kind: 'actionType', id }],
  ])('%s', (resourceArn, arn, tagged) => {
    expect(arnsOf('TagResource', { resourceArn, tags: [] })).toEqual([arn]);
    expect(arnsOf('UntagResource', { resourceArn, tagKeys: [] })).toEqual([arn]);
    expect(resourcesOf('ListTagsForResource', { resourceArn })).toEqual([expect.objectContaining({ tagged })]);
  });

  test.each(['arn:aws:codepipeline:us-east-1:111111111111:p', 'arn:aws:codepipeline:eu-west-1:222222222222:p', 'p'])(
    'but resources of other accounts and regions keep theirs: %s',
    (resourceArn) => {
      expect(resourcesOf('ListTagsForResource', { resourceArn })).toEqual([{ arn: resourceArn }]);
    },
  );
});

test('a stage is judged by the tags of its pipeline', () => {
  const [touched] = resourcesOf('DisableStageTransition', { ...stage, transitionType: 'Inbound', reason: 'r' });
  expect(touched?.tagged).toEqual({ kind: 'pipeline', name: 'p' });
});
