import type { OperationName } from '../../../src/contract/model.ts';
import { jenkinsType, pipelineName, sourceAction, threeStages } from '../../support/pipelines/scenario.ts';
import { customType, declared, pollingStages, smallQuotas, unknownId, webhook } from './error-harness.ts';
import {
  arn,
  badToken,
  cannotHappen,
  changedType,
  changesQueue,
  declarationErrors,
  given,
  neverBusy,
  noType,
  noWebhook,
  type OperationErrors,
  ofPipeline,
  resourceErrors,
  stageErrors,
  tagErrors,
  tags,
  withHarness,
} from './proofs.ts';
import { thirdPartyErrors } from './third-party-errors.ts';

const approval = { actionName: 'Approve', token: unknownId, result: { status: 'Approved', summary: 'seen' } };

const announcement = {
  actionName: 'Source',
  actionRevision: { revisionId: 'r', revisionChangeId: 'c', created: 1 },
};

/**
 * The declared errors of every operation, except ValidationException: `inputs/constraints.test.ts` produces it for every
 * member.
 */
export const declaredErrors: Record<OperationName, OperationErrors> = {
  AcknowledgeJob: {
    declared: {
      InvalidNonceException: withHarness(({ openJob }) => ({ jobId: openJob.id, nonce: 'guessed' })),
      JobNotFoundException: given({ jobId: unknownId, nonce: '1' }),
    },
  },
  AcknowledgeThirdPartyJob: thirdPartyErrors.acknowledge,
  CreateCustomActionType: {
    declared: {
      ...tagErrors({ ...customType, version: 'tagged' }),
      LimitExceededException: withHarness(async ({ fillActionTypes }) => {
        await fillActionTypes();
        return { ...customType, version: 'onemore' };
      }),
    },
    undeclared: {
      InvalidActionTypeException: {
        ...given({ ...customType, inputArtifactDetails: { minimumCount: 2, maximumCount: 1 } }),
        why: 'observed at the real service (wire 7)',
      },
    },
  },
  CreatePipeline: {
    declared: {
      ...declarationErrors('rejected'),
      ...tagErrors({ pipeline: declared('tagged') }),
      LimitExceededException: withHarness(async ({ fillPollingPipelines }) => {
        await fillPollingPipelines();
        return { pipeline: declared('one-more', { stages: pollingStages() }) };
      }),
      PipelineNameInUseException: given({ pipeline: threeStages() }),
    },
  },
  DeleteCustomActionType: { declared: { ConcurrentModificationException: changesQueue } },
  DeletePipeline: { declared: { ConcurrentModificationException: changesQueue } },
  DeleteWebhook: { declared: { ConcurrentModificationException: changesQueue } },
  DeregisterWebhookWithThirdParty: noWebhook,
  DisableStageTransition: { declared: stageErrors({ transitionType: 'Inbound', reason: 'closed' }) },
  EnableStageTransition: { declared: stageErrors({ transitionType: 'Inbound' }) },
  GetActionType: { declared: { ActionTypeNotFoundException: given(noType) } },
  GetJobDetails: { declared: { JobNotFoundException: given({ jobId: unknownId }) } },
  GetPipeline: {
    declared: {
      PipelineNotFoundException: given({ name: 'missing' }),
      PipelineVersionNotFoundException: cannotHappen(
        'the real service returns PipelineNotFoundException for a missing version, and so do we (wire 7)',
      ),
    },
  },
  GetPipelineExecution: {
    declared: {
      PipelineExecutionNotFoundException: given({ pipelineName, pipelineExecutionId: unknownId }),
      PipelineNotFoundException: given({ ...ofPipeline, pipelineExecutionId: unknownId }),
    },
  },
  GetPipelineState: { declared: { PipelineNotFoundException: given({ name: 'missing' }) } },
  GetThirdPartyJobDetails: thirdPartyErrors.details,
  ListActionExecutions: {
    declared: {
      InvalidNextTokenException: given({ pipelineName, nextToken: 'forged' }),
      PipelineExecutionNotFoundException: given({ pipelineName, filter: { pipelineExecutionId: unknownId } }),
      PipelineNotFoundException: given(ofPipeline),
    },
  },
  ListActionTypes: { declared: { InvalidNextTokenException: badToken } },
  ListDeployActionExecutionTargets: {
    declared: {
      ActionExecutionNotFoundException: given({ pipelineName, actionExecutionId: unknownId }),
      InvalidNextTokenException: given({ pipelineName, actionExecutionId: unknownId, nextToken: 'forged' }),
      PipelineNotFoundException: given({ ...ofPipeline, actionExecutionId: unknownId }),
    },
  },
  ListPipelineExecutions: {
    declared: {
      InvalidNextTokenException: given({ pipelineName, nextToken: 'forged' }),
      PipelineNotFoundException: given(ofPipeline),
    },
  },
  ListPipelines: { declared: { InvalidNextTokenException: badToken } },
  ListRuleExecutions: {
    declared: {
      InvalidNextTokenException: given({ pipelineName, nextToken: 'forged' }),
      PipelineExecutionNotFoundException: given({ pipelineName, filter: { pipelineExecutionId: unknownId } }),
      PipelineNotFoundException: given(ofPipeline),
    },
  },
  ListRuleTypes: {
    declared: { InvalidNextTokenException: cannotHappen('the input of the operation has no token (operations 3.6)') },
  },
  ListTagsForResource: {
    declared: { ...resourceErrors({}), InvalidNextTokenException: given({ ...arn, nextToken: 'forged' }) },
  },
  ListWebhooks: { declared: { InvalidNextTokenException: given({ NextToken: 'forged' }) } },
  OverrideStageCondition: {
    declared: {
      ...stageErrors({ pipelineExecutionId: unknownId, conditionType: 'ON_SUCCESS' }),
      ConcurrentPipelineExecutionsLimitExceededException: withHarness(({ failAtGate }) =>
        failAtGate({ closes: true, starts: smallQuotas.quotaRunningExecutions }),
      ),
      ConditionNotOverridableException: given({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: unknownId,
        conditionType: 'ON_SUCCESS',
      }),
      ConflictException: cannotHappen('rules are checked too fast for a call to come in between'),
      NotLatestPipelineExecutionException: withHarness(({ failAtGate }) => failAtGate({ closes: false, starts: 1 })),
    },
  },
  PollForJobs: {
    declared: { ActionTypeNotFoundException: given({ actionTypeId: { ...jenkinsType, provider: 'Missing' } }) },
  },
  PollForThirdPartyJobs: {
    declared: {
      ActionTypeNotFoundException: given({
        actionTypeId: { ...jenkinsType, owner: 'ThirdParty', provider: 'Missing' },
      }),
    },
  },
  PutActionRevision: {
    declared: {
      ...stageErrors(announcement),
      ActionNotFoundException: given({ pipelineName, stageName: 'Testing', ...announcement, actionName: 'Missing' }),
      ConcurrentPipelineExecutionsLimitExceededException: withHarness(async ({ fillExecutions }) => ({
        ...announcement,
        ...(await fillExecutions()),
        pipelineExecutionId: undefined,
      })),
    },
  },
  PutApprovalResult: {
    declared: {
      ...stageErrors(approval),
      ActionNotFoundException: given({ pipelineName, stageName: 'Testing', ...approval, actionName: 'Missing' }),
      ApprovalAlreadyCompletedException: withHarness(async ({ approve }) => ({ ...approval, ...(await approve()) })),
      InvalidApprovalTokenException: withHarness(async ({ approve }) => ({
        ...approval,
        ...(await approve()),
        token: unknownId,
      })),
    },
  },
  PutJobFailureResult: {
    declared: {
      InvalidJobStateException: withHarness(({ endedJob }) => ({
        jobId: endedJob.id,
        failureDetails: { type: 'JobFailed', message: 'another message' },
      })),
      JobNotFoundException: given({ jobId: unknownId, failureDetails: { type: 'JobFailed', message: 'lost' } }),
    },
  },
  PutJobSuccessResult: {
    declared: {
      InvalidJobStateException: withHarness(({ endedJob }) => ({ jobId: endedJob.id })),
      JobNotFoundException: given({ jobId: unknownId }),
      OutputVariablesSizeExceededException: withHarness(({ openJob }) => ({
        jobId: openJob.id,
        outputVariables: { Long: 'x'.repeat(122_880) },
      })),
    },
  },
  PutThirdPartyJobFailureResult: thirdPartyErrors.failure,
  PutThirdPartyJobSuccessResult: thirdPartyErrors.success,
  PutWebhook: {
    declared: {
      ...tagErrors({ webhook }),
      InvalidWebhookAuthenticationParametersException: given({ webhook: { ...webhook, authentication: 'IP' } }),
      InvalidWebhookFilterPatternException: given({ webhook: { ...webhook, filters: [{ jsonPath: 'ref' }] } }),
      LimitExceededException: withHarness(async ({ fillWebhooks }) => {
        await fillWebhooks();
        return { webhook };
      }),
      PipelineNotFoundException: given({ webhook: { ...webhook, targetPipeline: 'missing' } }),
    },
  },
  RegisterWebhookWithThirdParty: noWebhook,
  RetryStageExecution: {
    declared: {
      ...stageErrors({ pipelineExecutionId: unknownId, retryMode: 'FAILED_ACTIONS' }),
      ConcurrentPipelineExecutionsLimitExceededException: withHarness(async ({ fillExecutions }) => ({
        ...(await fillExecutions()),
        retryMode: 'FAILED_ACTIONS',
      })),
      ConflictException: neverBusy,
      NotLatestPipelineExecutionException: withHarness(({ endedJob }) => ({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: endedJob.data.pipelineContext?.pipelineExecutionId,
        retryMode: 'FAILED_ACTIONS',
      })),
      StageNotRetryableException: withHarness(({ openJob }) => ({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: openJob.data.pipelineContext?.pipelineExecutionId,
        retryMode: 'FAILED_ACTIONS',
      })),
    },
  },
  RollbackStage: {
    declared: {
      ...stageErrors({ targetPipelineExecutionId: unknownId }),
      ConflictException: neverBusy,
      PipelineExecutionNotFoundException: given({
        pipelineName,
        stageName: 'Testing',
        targetPipelineExecutionId: unknownId,
      }),
      PipelineExecutionOutdatedException: withHarness(({ outdate }) => outdate()),
      UnableToRollbackStageException: withHarness(({ endedJob }) => ({
        pipelineName,
        stageName: 'Testing',
        targetPipelineExecutionId: endedJob.data.pipelineContext?.pipelineExecutionId,
      })),
    },
  },
  StartPipelineExecution: {
    declared: {
      ConcurrentPipelineExecutionsLimitExceededException: withHarness(async ({ fillExecutions }) => ({
        name: (await fillExecutions()).pipelineName,
      })),
      ConflictException: neverBusy,
      PipelineNotFoundException: given({ name: 'missing' }),
    },
  },
  StopPipelineExecution: {
    declared: {
      ConflictException: neverBusy,
      DuplicatedStopRequestException: withHarness(({ startStopping }) => startStopping()),
      PipelineExecutionNotStoppableException: given({ pipelineName, pipelineExecutionId: unknownId }),
      PipelineNotFoundException: given({ ...ofPipeline, pipelineExecutionId: unknownId }),
    },
  },
  TagResource: {
    declared: { ...resourceErrors({ tags }), ...tagErrors(arn) },
  },
  UntagResource: {
    declared: {
      ...resourceErrors({ tagKeys: ['a'] }),
      ConcurrentModificationException: changesQueue,
      InvalidTagsException: given({ ...arn, tagKeys: ['aws:reserved'] }),
    },
  },
  UpdateActionType: {
    declared: {
      ActionTypeNotFoundException: given(changedType(noType)),
      RequestFailedException: given(changedType(sourceAction.actionTypeId ?? {})),
    },
  },
  UpdatePipeline: {
    declared: {
      ...declarationErrors(pipelineName),
      LimitExceededException: withHarness(async ({ fillPollingPipelines }) => {
        await fillPollingPipelines();
        return { pipeline: declared(pipelineName, { stages: pollingStages() }) };
      }),
    },
    undeclared: {
      PipelineNotFoundException: {
        ...given({ pipeline: declared('missing') }),
        why: 'the model declares no error for a missing pipeline (decision 8)',
      },
    },
  },
};
