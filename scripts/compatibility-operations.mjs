// What each operation does in this version, for docs/compatibility.md. An operation that `notSupported` answers for in
// src/operations/index.ts has no line here; every other one has.

const runnable = 'complete for what can be run';
const declarable = 'complete for the declarations below';

/** @type {Record<string, string>} */
export const operationNotes = {
  AcknowledgeJob: 'complete',
  CreateCustomActionType: 'complete',
  CreatePipeline: declarable,
  DeleteCustomActionType: 'complete',
  DeletePipeline: 'complete',
  DeleteWebhook: 'complete',
  DeregisterWebhookWithThirdParty: 'answers for webhooks that are there; calls nobody',
  GetActionType: 'complete',
  GetJobDetails: 'complete',
  GetPipeline: 'complete',
  GetPipelineExecution: runnable,
  GetPipelineState: runnable,
  ListActionExecutions: `${runnable}; the filter \`latestInPipelineExecution\` is refused`,
  ListActionTypes: 'complete; lists the types that nothing here performs as well',
  ListPipelineExecutions: `${runnable}; the filter \`succeededInStage\` is refused`,
  ListPipelines: 'complete',
  ListRuleTypes: 'complete; the conditions that would use the rules are refused',
  ListTagsForResource: 'complete',
  ListWebhooks: 'complete',
  PollForJobs: 'complete',
  PutJobFailureResult: 'complete',
  PutJobSuccessResult: 'complete',
  PutWebhook: 'complete; the URL it answers takes no events yet',
  RegisterWebhookWithThirdParty: 'answers for webhooks that are there; calls nobody',
  StartPipelineExecution: 'pipeline variables and client request tokens; `sourceRevisions` is refused',
  TagResource: 'complete',
  UntagResource: 'complete',
  UpdateActionType: 'refuses every type it can name, because all of them are built in',
  UpdatePipeline: declarable,
};
