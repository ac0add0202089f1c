// What each operation does in this version, for docs/compatibility.md.

const runnable = 'complete for supported declarations';
const declarable = 'complete for the declarations below';

/** @type {Record<string, string>} */
export const operationNotes = {
  AcknowledgeJob: 'complete',
  AcknowledgeThirdPartyJob: 'complete',
  CreateCustomActionType: 'complete',
  CreatePipeline: declarable,
  DeleteCustomActionType: 'complete',
  DeletePipeline: 'complete',
  DeleteWebhook: 'complete',
  DeregisterWebhookWithThirdParty: 'validates that the webhook exists; makes no outgoing call',
  DisableStageTransition: 'complete',
  EnableStageTransition: 'complete',
  GetActionType: 'complete',
  GetJobDetails: 'complete',
  GetPipeline: 'complete',
  GetPipelineExecution: runnable,
  GetPipelineState: runnable,
  GetThirdPartyJobDetails: 'complete',
  ListActionExecutions: runnable,
  ListActionTypes: 'complete; includes types without a provider here',
  ListDeployActionExecutionTargets:
    'validates the action execution; always empty, since no provider here deploys to machines',
  ListPipelineExecutions: runnable,
  ListPipelines: 'complete',
  ListRuleExecutions: 'complete',
  ListRuleTypes: 'complete; includes rules without a provider here',
  ListTagsForResource: 'complete',
  ListWebhooks: 'complete',
  OverrideStageCondition: 'complete',
  PollForJobs: 'complete',
  PollForThirdPartyJobs: 'complete for types that are registered here',
  PutActionRevision: 'complete',
  PutApprovalResult: 'complete',
  PutJobFailureResult: 'complete',
  PutJobSuccessResult: 'complete',
  PutThirdPartyJobFailureResult: 'complete',
  PutThirdPartyJobSuccessResult: 'complete',
  PutWebhook: 'complete',
  RegisterWebhookWithThirdParty: 'validates that the webhook exists; makes no outgoing call',
  RetryStageExecution: 'complete',
  RollbackStage: 'complete',
  StartPipelineExecution:
    'complete; `sourceRevisions` of commits and images are bound, but no provider here reads such sources',
  StopPipelineExecution: 'complete',
  TagResource: 'complete',
  UntagResource: 'complete',
  UpdateActionType: 'complete for types that are registered here; built-in ones cannot be changed',
  UpdatePipeline: declarable,
};
