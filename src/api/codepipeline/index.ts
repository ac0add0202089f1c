import type { OperationName } from '../../contract/model.ts';
import { createCustomActionType, deleteCustomActionType } from './action-types/custom-action-type.ts';
import { getActionType } from './action-types/get-action-type.ts';
import { listActionTypes, listRuleTypes } from './action-types/list-action-types.ts';
import { updateActionType } from './action-types/update-action-type.ts';
import { getPipelineExecution } from './executions/get-pipeline-execution.ts';
import { listActionExecutions } from './executions/list-action-executions.ts';
import { listDeployActionExecutionTargets } from './executions/list-deploy-action-execution-targets.ts';
import { listPipelineExecutions } from './executions/list-pipeline-executions.ts';
import { listRuleExecutions } from './executions/list-rule-executions.ts';
import { overrideStageCondition } from './executions/override-stage-condition.ts';
import { putActionRevision } from './executions/put-action-revision.ts';
import { putApprovalResult } from './executions/put-approval-result.ts';
import { retryStageExecution } from './executions/retry-stage-execution.ts';
import { rollbackStage } from './executions/rollback-stage.ts';
import { startPipelineExecution } from './executions/start-pipeline-execution.ts';
import { stopPipelineExecution } from './executions/stop-pipeline-execution.ts';
import { acknowledgeJob, acknowledgeThirdPartyJob } from './jobs/acknowledge-job.ts';
import {
  putJobFailureResult,
  putJobSuccessResult,
  putThirdPartyJobFailureResult,
  putThirdPartyJobSuccessResult,
} from './jobs/complete-job.ts';
import { getJobDetails, getThirdPartyJobDetails } from './jobs/get-job-details.ts';
import { pollForJobs } from './jobs/poll-for-jobs.ts';
import { pollForThirdPartyJobs } from './jobs/poll-for-third-party-jobs.ts';
import type { Operation } from './operation.ts';
import { createPipeline } from './pipelines/create-pipeline.ts';
import { deletePipeline } from './pipelines/delete-pipeline.ts';
import { getPipeline } from './pipelines/get-pipeline.ts';
import { getPipelineState } from './pipelines/get-pipeline-state.ts';
import { listPipelines } from './pipelines/list-pipelines.ts';
import { disableStageTransition, enableStageTransition } from './pipelines/stage-transition.ts';
import { updatePipeline } from './pipelines/update-pipeline.ts';
import { listTagsForResource, tagResource, untagResource } from './tags/tag-resource.ts';
import { deleteWebhook } from './webhooks/delete-webhook.ts';
import { listWebhooks } from './webhooks/list-webhooks.ts';
import { putWebhook } from './webhooks/put-webhook.ts';
import { deregisterWebhookWithThirdParty, registerWebhookWithThirdParty } from './webhooks/register-webhook.ts';

/** Every operation of the API model by name: one that is missing does not compile. */
export const operations: { [Name in OperationName]: Operation<Name> } = {
  AcknowledgeJob: acknowledgeJob,
  AcknowledgeThirdPartyJob: acknowledgeThirdPartyJob,
  CreateCustomActionType: createCustomActionType,
  CreatePipeline: createPipeline,
  DeleteCustomActionType: deleteCustomActionType,
  DeletePipeline: deletePipeline,
  DeleteWebhook: deleteWebhook,
  DeregisterWebhookWithThirdParty: deregisterWebhookWithThirdParty,
  DisableStageTransition: disableStageTransition,
  EnableStageTransition: enableStageTransition,
  GetActionType: getActionType,
  GetJobDetails: getJobDetails,
  GetPipeline: getPipeline,
  GetPipelineExecution: getPipelineExecution,
  GetPipelineState: getPipelineState,
  GetThirdPartyJobDetails: getThirdPartyJobDetails,
  ListActionExecutions: listActionExecutions,
  ListActionTypes: listActionTypes,
  ListDeployActionExecutionTargets: listDeployActionExecutionTargets,
  ListPipelineExecutions: listPipelineExecutions,
  ListPipelines: listPipelines,
  ListRuleExecutions: listRuleExecutions,
  ListRuleTypes: listRuleTypes,
  ListTagsForResource: listTagsForResource,
  ListWebhooks: listWebhooks,
  OverrideStageCondition: overrideStageCondition,
  PollForJobs: pollForJobs,
  PollForThirdPartyJobs: pollForThirdPartyJobs,
  PutActionRevision: putActionRevision,
  PutApprovalResult: putApprovalResult,
  PutJobFailureResult: putJobFailureResult,
  PutJobSuccessResult: putJobSuccessResult,
  PutThirdPartyJobFailureResult: putThirdPartyJobFailureResult,
  PutThirdPartyJobSuccessResult: putThirdPartyJobSuccessResult,
  PutWebhook: putWebhook,
  RegisterWebhookWithThirdParty: registerWebhookWithThirdParty,
  RetryStageExecution: retryStageExecution,
  RollbackStage: rollbackStage,
  StartPipelineExecution: startPipelineExecution,
  StopPipelineExecution: stopPipelineExecution,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateActionType: updateActionType,
  UpdatePipeline: updatePipeline,
};
