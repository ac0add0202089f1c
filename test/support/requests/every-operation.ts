import type { OperationName } from '../../../src/contract/model.ts';
import { account, region } from '../servers/server.ts';

/** A call of an operation on an empty server, and its expected outcome. */
export interface OperationCall {
  input: Record<string, unknown>;
  /** The error it ends with, or 'ok'. */
  outcome: string;
}

const jobId = '11111111-2222-3333-4444-555555555555';
const nowhere = { pipelineName: 'fake-pipeline' };
const stage = { ...nowhere, stageName: 'Release' };
const pipelineExecutionId = jobId;
const resourceArn = `arn:aws:codepipeline:${region}:${account}:fake-pipeline`;
const actionTypeId = { category: 'Test', owner: 'Custom', provider: 'Nobody', version: '1' };
const failureDetails = { type: 'JobFailed', message: 'no' };
const thirdParty = { jobId: 'job', clientToken: 'token' };
const missing = 'PipelineNotFoundException';
const artifacts = { minimumCount: 0, maximumCount: 1 };
const sourceType = { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' };
const deployType = { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' };
const outputArtifacts = [{ name: 'SourceOutput' }];

/** A pipeline with a source and a deployment that requires nothing to exist. */
function declare(name: string) {
  const source = { S3Bucket: 'bucket', S3ObjectKey: 'key', PollForSourceChanges: 'false' };
  const deploy = { BucketName: 'bucket', Extract: 'true' };
  return {
    name,
    roleArn: `arn:aws:iam::${account}:role/pipeline`,
    artifactStore: { type: 'S3', location: 'bucket' },
    stages: [
      {
        name: 'Source',
        actions: [{ name: 'S', actionTypeId: sourceType, configuration: source, outputArtifacts }],
      },
      {
        name: 'Release',
        actions: [{ name: 'R', actionTypeId: deployType, configuration: deploy, inputArtifacts: outputArtifacts }],
      },
    ],
  };
}

/** One call of each operation of the API. */
export const everyOperation: Record<OperationName, OperationCall> = {
  AcknowledgeJob: { input: { jobId, nonce: '3' }, outcome: 'JobNotFoundException' },
  AcknowledgeThirdPartyJob: { input: { ...thirdParty, nonce: '3' }, outcome: 'JobNotFoundException' },
  CreateCustomActionType: {
    input: {
      category: 'Build',
      provider: 'Mine',
      version: '1',
      inputArtifactDetails: artifacts,
      outputArtifactDetails: artifacts,
    },
    outcome: 'ok',
  },
  CreatePipeline: { input: { pipeline: declare('mine') }, outcome: 'ok' },
  DeleteCustomActionType: { input: { category: 'Test', provider: 'Nobody', version: '1' }, outcome: 'ok' },
  DeletePipeline: { input: { name: 'fake-pipeline' }, outcome: 'ok' },
  DeleteWebhook: { input: { name: 'fake-webhook' }, outcome: 'ok' },
  DeregisterWebhookWithThirdParty: { input: { webhookName: 'fake' }, outcome: 'WebhookNotFoundException' },
  DisableStageTransition: { input: { ...stage, transitionType: 'Inbound', reason: 'closed' }, outcome: missing },
  EnableStageTransition: { input: { ...stage, transitionType: 'Inbound' }, outcome: missing },
  GetActionType: { input: sourceType, outcome: 'ok' },
  GetJobDetails: { input: { jobId }, outcome: 'JobNotFoundException' },
  GetPipeline: { input: { name: 'fake-pipeline' }, outcome: missing },
  GetPipelineExecution: { input: { ...nowhere, pipelineExecutionId }, outcome: missing },
  GetPipelineState: { input: { name: 'fake-pipeline' }, outcome: missing },
  GetThirdPartyJobDetails: { input: thirdParty, outcome: 'InvalidJobException' },
  ListActionExecutions: { input: nowhere, outcome: missing },
  ListActionTypes: { input: {}, outcome: 'ok' },
  ListDeployActionExecutionTargets: { input: { ...nowhere, actionExecutionId: jobId }, outcome: missing },
  ListPipelineExecutions: { input: nowhere, outcome: missing },
  ListPipelines: { input: {}, outcome: 'ok' },
  ListRuleExecutions: { input: nowhere, outcome: missing },
  ListRuleTypes: { input: {}, outcome: 'ok' },
  ListTagsForResource: { input: { resourceArn }, outcome: 'ResourceNotFoundException' },
  ListWebhooks: { input: {}, outcome: 'ok' },
  OverrideStageCondition: {
    input: { ...stage, pipelineExecutionId, conditionType: 'BEFORE_ENTRY' },
    outcome: missing,
  },
  PollForJobs: { input: { actionTypeId }, outcome: 'ActionTypeNotFoundException' },
  PollForThirdPartyJobs: {
    input: { actionTypeId: { ...actionTypeId, owner: 'ThirdParty' } },
    outcome: 'ActionTypeNotFoundException',
  },
  PutActionRevision: {
    input: { ...stage, actionName: 'S', actionRevision: { revisionId: '1', revisionChangeId: '1', created: 1 } },
    outcome: missing,
  },
  PutApprovalResult: {
    input: { ...stage, actionName: 'R', result: { summary: '', status: 'Approved' }, token: jobId },
    outcome: missing,
  },
  PutJobFailureResult: { input: { jobId, failureDetails }, outcome: 'JobNotFoundException' },
  PutJobSuccessResult: { input: { jobId }, outcome: 'JobNotFoundException' },
  PutThirdPartyJobFailureResult: { input: { ...thirdParty, failureDetails }, outcome: 'JobNotFoundException' },
  PutThirdPartyJobSuccessResult: { input: thirdParty, outcome: 'JobNotFoundException' },
  PutWebhook: {
    input: {
      webhook: {
        name: 'hook',
        targetPipeline: 'fake-pipeline',
        targetAction: 'S',
        filters: [{ jsonPath: '$.ref' }],
        authentication: 'UNAUTHENTICATED',
        authenticationConfiguration: {},
      },
    },
    outcome: missing,
  },
  RegisterWebhookWithThirdParty: { input: { webhookName: 'fake' }, outcome: 'WebhookNotFoundException' },
  RetryStageExecution: { input: { ...stage, pipelineExecutionId, retryMode: 'FAILED_ACTIONS' }, outcome: missing },
  RollbackStage: {
    input: { ...stage, targetPipelineExecutionId: pipelineExecutionId },
    outcome: missing,
  },
  StartPipelineExecution: { input: { name: 'fake-pipeline' }, outcome: missing },
  StopPipelineExecution: { input: { ...nowhere, pipelineExecutionId }, outcome: missing },
  TagResource: { input: { resourceArn, tags: [{ key: 'a', value: 'b' }] }, outcome: 'ResourceNotFoundException' },
  UntagResource: { input: { resourceArn, tagKeys: ['a'] }, outcome: 'ResourceNotFoundException' },
  UpdateActionType: {
    input: {
      actionType: {
        id: { owner: 'ThirdParty', category: 'Test', provider: 'Nobody', version: '1' },
        executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} } },
        inputArtifactDetails: artifacts,
        outputArtifactDetails: artifacts,
      },
    },
    outcome: 'ActionTypeNotFoundException',
  },
  UpdatePipeline: { input: { pipeline: declare('fake-pipeline') }, outcome: missing },
};

/** Operations that clients of early 2023 (Debian's AWS CLI 2.9, boto3 1.26) don't know yet. */
export const newerOperations: ReadonlySet<string> = new Set<OperationName>([
  'ListDeployActionExecutionTargets',
  'ListRuleExecutions',
  'ListRuleTypes',
  'OverrideStageCondition',
  'RollbackStage',
]);
