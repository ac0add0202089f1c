// What each operation does in this version, for docs/compatibility.md.

const runnable = 'complete for what can be run';
const noPartner = 'no job is ever found, since no partner can be registered';
const declarable = 'complete for the declarations below';

/** @type {Record<string, string>} */
export const operationNotes = {
  AcknowledgeJob: 'complete',
  AcknowledgeThirdPartyJob: noPartner,
  CreateCustomActionType: 'complete',
  CreatePipeline: declarable,
  DeleteCustomActionType: 'complete',
  DeletePipeline: 'complete',
  DeleteWebhook: 'complete',
  DeregisterWebhookWithThirdParty: 'answers for webhooks that are there; calls nobody',
  DisableStageTransition: 'complete',
  EnableStageTransition: 'complete',
  GetActionType: 'complete',
  GetJobDetails: 'complete',
  GetPipeline: 'complete',
  GetPipelineExecution: runnable,
  GetPipelineState: runnable,
  GetThirdPartyJobDetails: noPartner,
  ListActionExecutions: runnable,
  ListActionTypes: 'complete; lists the types that nothing here performs as well',
  ListDeployActionExecutionTargets: 'looks up what is named; empty, since nothing here deploys to machines',
  ListPipelineExecutions: runnable,
  ListPipelines: 'complete',
  ListRuleExecutions: 'complete',
  ListRuleTypes: 'complete; lists the rules that nothing here checks as well',
  ListTagsForResource: 'complete',
  ListWebhooks: 'complete',
  OverrideStageCondition: 'complete',
  PollForJobs: 'complete',
  PollForThirdPartyJobs: 'refuses unknown types; no jobs, since no partner can be registered',
  PutActionRevision: 'complete',
  PutApprovalResult: 'complete',
  PutJobFailureResult: 'complete',
  PutJobSuccessResult: 'complete',
  PutThirdPartyJobFailureResult: noPartner,
  PutThirdPartyJobSuccessResult: noPartner,
  PutWebhook: 'complete',
  RegisterWebhookWithThirdParty: 'answers for webhooks that are there; calls nobody',
  RetryStageExecution: 'complete',
  RollbackStage: 'complete',
  StartPipelineExecution:
    'complete; `sourceRevisions` of commits and images are bound, but nothing here reads such sources',
  StopPipelineExecution: 'complete',
  TagResource: 'complete',
  UntagResource: 'complete',
  UpdateActionType: 'refuses every type it can name, because all of them are built in',
  UpdatePipeline: declarable,
};
