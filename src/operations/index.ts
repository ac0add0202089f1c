import { acknowledgeJob } from './acknowledge-job.ts';
import { createCustomActionType } from './create-custom-action-type.ts';
import { createPipeline } from './create-pipeline.ts';
import { deletePipeline } from './delete-pipeline.ts';
import { getJobDetails } from './get-job-details.ts';
import { getPipeline } from './get-pipeline.ts';
import { getPipelineExecution } from './get-pipeline-execution.ts';
import { getPipelineState } from './get-pipeline-state.ts';
import { listActionExecutions } from './list-action-executions.ts';
import { listActionTypes } from './list-action-types.ts';
import { listPipelineExecutions } from './list-pipeline-executions.ts';
import { listPipelines } from './list-pipelines.ts';
import { notSupported } from './not-supported.ts';
import type { OperationTable } from './operation.ts';
import { pollForJobs } from './poll-for-jobs.ts';
import { putJobFailureResult } from './put-job-failure-result.ts';
import { putJobSuccessResult } from './put-job-success-result.ts';
import { startPipelineExecution } from './start-pipeline-execution.ts';

/** Every operation of the API. */
export const operations: OperationTable = {
  AcknowledgeJob: acknowledgeJob,
  AcknowledgeThirdPartyJob: notSupported('AcknowledgeThirdPartyJob'),
  CreateCustomActionType: createCustomActionType,
  CreatePipeline: createPipeline,
  DeleteCustomActionType: notSupported('DeleteCustomActionType'),
  DeletePipeline: deletePipeline,
  DeleteWebhook: notSupported('DeleteWebhook'),
  DeregisterWebhookWithThirdParty: notSupported('DeregisterWebhookWithThirdParty'),
  DisableStageTransition: notSupported('DisableStageTransition'),
  EnableStageTransition: notSupported('EnableStageTransition'),
  GetActionType: notSupported('GetActionType'),
  GetJobDetails: getJobDetails,
  GetPipeline: getPipeline,
  GetPipelineExecution: getPipelineExecution,
  GetPipelineState: getPipelineState,
  GetThirdPartyJobDetails: notSupported('GetThirdPartyJobDetails'),
  ListActionExecutions: listActionExecutions,
  ListActionTypes: listActionTypes,
  ListDeployActionExecutionTargets: notSupported('ListDeployActionExecutionTargets'),
  ListPipelineExecutions: listPipelineExecutions,
  ListPipelines: listPipelines,
  ListRuleExecutions: notSupported('ListRuleExecutions'),
  ListRuleTypes: notSupported('ListRuleTypes'),
  ListTagsForResource: notSupported('ListTagsForResource'),
  ListWebhooks: notSupported('ListWebhooks'),
  OverrideStageCondition: notSupported('OverrideStageCondition'),
  PollForJobs: pollForJobs,
  PollForThirdPartyJobs: notSupported('PollForThirdPartyJobs'),
  PutActionRevision: notSupported('PutActionRevision'),
  PutApprovalResult: notSupported('PutApprovalResult'),
  PutJobFailureResult: putJobFailureResult,
  PutJobSuccessResult: putJobSuccessResult,
  PutThirdPartyJobFailureResult: notSupported('PutThirdPartyJobFailureResult'),
  PutThirdPartyJobSuccessResult: notSupported('PutThirdPartyJobSuccessResult'),
  PutWebhook: notSupported('PutWebhook'),
  RegisterWebhookWithThirdParty: notSupported('RegisterWebhookWithThirdParty'),
  RetryStageExecution: notSupported('RetryStageExecution'),
  RollbackStage: notSupported('RollbackStage'),
  StartPipelineExecution: startPipelineExecution,
  StopPipelineExecution: notSupported('StopPipelineExecution'),
  TagResource: notSupported('TagResource'),
  UntagResource: notSupported('UntagResource'),
  UpdateActionType: notSupported('UpdateActionType'),
  UpdatePipeline: notSupported('UpdatePipeline'),
};
