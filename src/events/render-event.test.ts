import { expect, test } from 'vitest';
import type { ActionExecution, Execution } from '../model/execution.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { StoredEvent } from '../model/stored-event.ts';
import { renderEvent } from './render-event.ts';

const startedAt = Date.parse('2026-11-30T10:00:00.123Z');
const happenedAt = Date.parse('2026-11-30T10:00:05.678Z');

const pipeline: Pipeline = {
  id: 'p1',
  account: '123456789012',
  region: 'eu-west-1',
  name: 'Mill',
  version: 4,
  createdAt: 0,
  updatedAt: 0,
};

const execution: Execution = {
  id: 'e1',
  pipelineVersion: 3,
  executionMode: 'SUPERSEDED',
  status: 'InProgress',
  trigger: { triggerType: 'StartPipelineExecution', triggerDetail: 'arn:aws:iam::123456789012:user/ada' },
  variables: [],
  sourceBindings: [],
  revisions: [],
  startedAt,
  updatedAt: startedAt,
};

const action: ActionExecution = {
  id: 'a1',
  stageName: 'Build',
  actionName: 'Compile',
  status: 'InProgress',
  start: {
    actionTypeId: { category: 'Build', owner: 'Custom', provider: 'Jenkins', version: '1' },
    runOrder: 1,
    roleArn: 'arn:aws:iam::123456789012:role/mill',
    configuration: {},
    resolvedConfiguration: {},
    inputArtifacts: [{ name: 'Code', bucketName: 'store', objectKey: 'Mill/Code/1' }],
    outputArtifacts: [{ name: 'App', bucketName: 'store', objectKey: 'Mill/App/2' }],
  },
  progress: {},
  startedAt: startedAt + 1000,
  updatedAt: startedAt + 1000,
};

const of = { position: '9.9', pipelineId: 'p1', happenedAt, pipeline, execution, attempt: 1 };

const envelope = {
  version: '0',
  id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/),
  source: 'aws.codepipeline',
  account: '123456789012',
  time: '2026-11-30T10:00:05Z',
  region: 'eu-west-1',
  resources: ['arn:aws:codepipeline:eu-west-1:123456789012:Mill'],
};

test('an execution has its trigger, and its comments when it stops', () => {
  expect(renderEvent({ ...of, kind: 'pipeline', state: 'STARTED' })).toEqual({
    ...envelope,
    'detail-type': 'CodePipeline Pipeline Execution State Change',
    detail: {
      pipeline: 'Mill',
      'execution-id': 'e1',
      'start-time': '2026-11-30T10:00:00.123Z',
      'execution-trigger': {
        'trigger-type': 'StartPipelineExecution',
        'trigger-detail': 'arn:aws:iam::123456789012:user/ada',
      },
      state: 'STARTED',
      version: 3,
      'pipeline-execution-attempt': 1,
    },
  });
  const stopped: StoredEvent = { ...of, kind: 'pipeline', state: 'STOPPED', stopReason: 'a bad idea' };
  expect(renderEvent(stopped).detail).toMatchObject({ 'stop-execution-comments': 'a bad idea' });
});

test('an execution for a commit has what is known of it, without secrets', () => {
  const commit = '0123456789012345678901234567890123456789';
  const bound: Execution = {
    ...execution,
    trigger: { triggerType: 'PollForSourceChanges', triggerDetail: 'Fetch' },
    sourceBindings: [{ actionName: 'Fetch', revisionId: commit }],
  };
  const triggerOf = (members: object) =>
    renderEvent(
      { ...of, execution: bound, kind: 'pipeline', state: 'STARTED', ...members },
      { mask: (text) => text.replaceAll('hush', '***') },
    ).detail['execution-trigger'];
  const known = { 'trigger-type': 'PollForSourceChanges', 'trigger-detail': 'Fetch', 'commit-id': commit };
  expect(triggerOf({})).toEqual(known);
  const tag = { kind: 'tag', name: 'v1' } as const;
  const tagged = { ...bound, sourceBindings: [{ actionName: 'Fetch', revisionId: commit, ref: tag }] };
  expect(triggerOf({ execution: tagged })).toEqual({ ...known, 'tag-name': 'v1' });
  const sourceVariables = {
    CommitId: commit,
    CommitMessage: 'say hush',
    AuthorDisplayName: 'Ada',
    BranchName: 'main',
    FullRepositoryName: 'ada/mill',
    AuthorId: '',
    Other: 'x',
  };
  expect(triggerOf({ sourceVariables })).toEqual({
    ...known,
    'commit-message': 'say ***',
    'author-display-name': 'Ada',
    'branch-name': 'main',
    'full-repository-name': 'ada/mill',
  });
});

test('a stage counts its first attempt as 0 and later ones as the execution', () => {
  const stage = { ...of, kind: 'stage', state: 'RESUMED', stageName: 'Build', startedAt } as const;
  expect(renderEvent(stage)).toEqual({
    ...envelope,
    'detail-type': 'CodePipeline Stage Execution State Change',
    detail: {
      pipeline: 'Mill',
      'execution-id': 'e1',
      'start-time': '2026-11-30T10:00:00.123Z',
      stage: 'Build',
      state: 'RESUMED',
      version: 3,
      'pipeline-execution-attempt': 0,
    },
  });
  expect(renderEvent({ ...stage, attempt: 2, lastRetriedAt: happenedAt }).detail).toMatchObject({
    'pipeline-execution-attempt': 2,
    'stage-last-retry-attempt-time': '2026-11-30T10:00:05.678Z',
  });
});

test('an action has its type and artifacts, and its result at the end', () => {
  const started = renderEvent({ ...of, kind: 'action', state: 'STARTED', action });
  expect(started).toEqual({
    ...envelope,
    'detail-type': 'CodePipeline Action Execution State Change',
    detail: {
      pipeline: 'Mill',
      'execution-id': 'e1',
      'start-time': '2026-11-30T10:00:01.123Z',
      stage: 'Build',
      action: 'Compile',
      'action-execution-id': 'a1',
      region: 'eu-west-1',
      type: { owner: 'Custom', category: 'Build', provider: 'Jenkins', version: '1' },
      'input-artifacts': [{ name: 'Code', s3location: { bucket: 'store', key: 'Mill/Code/1' } }],
      'output-artifacts': [{ name: 'App', s3location: { bucket: 'store', key: 'Mill/App/2' } }],
      state: 'STARTED',
      version: 3,
      'pipeline-execution-attempt': 1,
    },
  });
  const failed: ActionExecution = {
    ...action,
    status: 'Failed',
    progress: { externalExecutionId: '17', summary: 'half way' },
    error: { code: 'JobFailed', message: 'broken' },
  };
  const shown = { configuration: {}, externalExecutionUrl: 'https://ci/17' };
  const { detail } = renderEvent({ ...of, kind: 'action', state: 'FAILED', action: failed }, { shown });
  expect(detail['execution-result']).toEqual({
    'external-execution-url': 'https://ci/17',
    'external-execution-summary': 'broken',
    'external-execution-id': '17',
    'error-code': 'JobFailed',
  });
});

test('an approval asks with the message that the service sends, for its pipeline and topic', () => {
  const approval: ActionExecution = {
    ...action,
    start: { ...action.start, actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } },
    deadlineAt: Date.parse('2026-12-07T10:00:00.000Z'),
  };
  const topic = 'arn:aws:sns:eu-west-1:123456789012:ask';
  const event = renderEvent(
    { ...of, kind: 'approval', action: approval },
    { shown: { configuration: { NotificationArn: topic, CustomData: 'look' } } },
  );
  expect(event).toEqual({
    ...envelope,
    source: 'millrace',
    'detail-type': 'Manual Approval Needed',
    resources: [...envelope.resources, topic],
    detail: {
      region: 'eu-west-1',
      consoleLink: null,
      approval: {
        pipelineName: 'Mill',
        stageName: 'Build',
        actionName: 'Compile',
        token: 'a1',
        expires: '2026-12-07T10:00Z',
        externalEntityLink: null,
        approvalReviewLink: null,
        customData: 'look',
      },
      'execution-id': 'e1',
    },
  });
  const rejected = { ...approval, status: 'Failed' } as const;
  expect(renderEvent({ ...of, kind: 'action', state: 'FAILED', action: rejected }).detail['execution-result']).toEqual({
    'external-execution-id': 'a1',
    'error-code': 'JobFailed',
  });
});

test('an id is the same at every reading, and another one for another event', () => {
  const stored: StoredEvent = { ...of, kind: 'pipeline', state: 'STARTED' };
  expect(renderEvent(stored).id).toBe(renderEvent(stored).id);
  expect(renderEvent({ ...stored, position: '9.10' }).id).not.toBe(renderEvent(stored).id);
});

test('an announced event has the id and the time that it was announced with', () => {
  const announcement = {
    account: '123456789012',
    region: 'eu-west-1',
    at: happenedAt,
    source: 'shop',
    'detail-type': 'sold',
    resources: ['arn:x'],
    detail: { n: 1 },
  };
  const rendered = (parts: object) =>
    renderEvent({ position: '9.9', happenedAt, kind: 'announced', announcement: { ...announcement, ...parts } });
  const { at: _, ...content } = announcement;
  expect(rendered({})).toMatchObject({ ...content, time: '2026-11-30T10:00:05Z' });
  expect(rendered({ id: 'i1', saidAt: startedAt })).toMatchObject({ id: 'i1', time: '2026-11-30T10:00:00Z' });
});
