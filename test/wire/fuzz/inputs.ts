import type { OperationName } from '../../../src/contract/model.ts';
import { jenkinsType, pipelineName, poll, testAction, threeStages } from '../../support/pipelines/scenario.ts';
import { partnerDeclaration, partnerTypeId } from '../../support/pipelines/third-party.ts';
import { operationNames } from '../bounded-model.ts';
import { declaredErrors } from '../errors/declared-errors.ts';
import { customType, declared, type ErrorHarness, pipelineArn, webhook } from '../errors/error-harness.ts';
import { validInput } from '../inputs/valid-input.ts';

/** An input that refers to the state of the harness. */
export interface LiveInput {
  operation: OperationName;
  input: unknown;
}

const [source, testing, release] = threeStages().stages;

function accepted({ openJob, partnerJob }: ErrorHarness): Partial<Record<OperationName, unknown[]>> {
  const tags = [{ key: 'Team', value: 'a' }];
  const withVariables = declared('fuzz', {
    pipelineType: 'V2',
    variables: [{ name: 'Target', defaultValue: 'test', description: 'where to' }],
    stages: [
      source,
      {
        ...testing,
        actions: [
          { ...testAction, runOrder: 2, namespace: 'Tests', configuration: { ProjectName: '#{variables.Target}' } },
        ],
      },
      release,
    ] as ReturnType<typeof threeStages>['stages'],
  });
  const results = {
    jobId: openJob.id,
    currentRevision: { revision: 'r', changeIdentifier: 'c', created: 1790862132.4, revisionSummary: 's' },
    executionDetails: { summary: 'done', externalExecutionId: 'e', percentComplete: 50 },
  };
  return {
    AcknowledgeJob: [{ jobId: openJob.id, nonce: openJob.nonce }],
    AcknowledgeThirdPartyJob: [{ ...partnerJob, nonce: '3' }],
    CreateCustomActionType: [{ ...customType, tags }],
    CreatePipeline: [{ pipeline: declared('fuzz'), tags }, { pipeline: withVariables }],
    DeleteCustomActionType: [{ category: 'Build', provider: 'Mill', version: '1' }],
    DeletePipeline: [{ name: 'fuzz' }],
    DeleteWebhook: [{ name: 'Hook' }],
    GetActionType: [{ category: 'Source', owner: 'AWS', provider: 'S3', version: '1' }],
    GetJobDetails: [{ jobId: openJob.id }],
    GetPipeline: [{ name: pipelineName, version: 1 }],
    GetPipelineState: [{ name: pipelineName }],
    GetThirdPartyJobDetails: [partnerJob],
    ListActionExecutions: [{ pipelineName, maxResults: 1, filter: {} }],
    ListActionTypes: [{ actionOwnerFilter: 'AWS', regionFilter: 'us-east-1' }],
    ListPipelineExecutions: [{ pipelineName, maxResults: 1 }],
    ListPipelines: [{ maxResults: 1 }],
    ListRuleTypes: [{ ruleOwnerFilter: 'AWS', regionFilter: 'us-east-1' }],
    ListTagsForResource: [{ resourceArn: pipelineArn, maxResults: 1 }],
    ListWebhooks: [{ MaxResults: 1 }],
    PollForJobs: [poll, { actionTypeId: jenkinsType, maxBatchSize: 1 }],
    PollForThirdPartyJobs: [{ actionTypeId: partnerTypeId, maxBatchSize: 1 }],
    PutJobFailureResult: [
      { jobId: openJob.id, failureDetails: { type: 'JobFailed', message: 'no', externalExecutionId: 'e' } },
    ],
    PutJobSuccessResult: [
      { ...results, continuationToken: 'more' },
      { ...results, outputVariables: { A: 'b' } },
    ],
    PutThirdPartyJobFailureResult: [{ ...partnerJob, failureDetails: { type: 'JobFailed', message: 'no' } }],
    PutThirdPartyJobSuccessResult: [{ ...results, ...partnerJob, continuationToken: 'more' }],
    PutWebhook: [
      { webhook: { ...webhook, filters: [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }] }, tags },
      { webhook: { ...webhook, authentication: 'GITHUB_HMAC', authenticationConfiguration: { SecretToken: 's' } } },
    ],
    RegisterWebhookWithThirdParty: [{ webhookName: 'Hook' }],
    StartPipelineExecution: [
      { name: pipelineName, clientRequestToken: 'once', variables: [{ name: 'Target', value: 'x' }] },
      { name: 'fuzz' },
    ],
    TagResource: [{ resourceArn: pipelineArn, tags }],
    UntagResource: [{ resourceArn: pipelineArn, tagKeys: ['Team'] }],
    UpdateActionType: [{ actionType: partnerDeclaration }],
    UpdatePipeline: [{ pipeline: { ...withVariables, version: 3 } }, { pipeline: declared(pipelineName) }],
  };
}

/** Returns accepted inputs, inputs that produce declared errors, and one input with every member per operation. */
export async function liveInputs(harness: ErrorHarness): Promise<LiveInput[]> {
  const good = accepted(harness);
  const all = operationNames.map(async (operation) => {
    const errors = declaredErrors[operation];
    const proofs = { ...errors.declared, ...errors.undeclared };
    const refused = Object.entries(proofs)
      // Exhausted quotas would leave nothing to fuzz.
      .filter(([code]) => code !== 'LimitExceededException')
      .map(async ([, proof]) => ('input' in proof ? [await proof.input(harness)] : []));
    // Accepted inputs count three times, since they reach furthest.
    const inputs = [good, good, good].flatMap((table) => table[operation] ?? []);
    return [...inputs, ...(await Promise.all(refused)).flat(), validInput(operation)].map((input) => ({
      operation,
      input,
    }));
  });
  return (await Promise.all(all)).flat();
}
