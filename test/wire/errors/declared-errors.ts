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
  inWorld,
  neverBusy,
  noType,
  noWebhook,
  type OperationErrors,
  ofPipeline,
  resourceErrors,
  stageErrors,
  tagErrors,
  tags,
} from './proofs.ts';
import { thirdPartyErrors } from './third-party-errors.ts';

const approval = { actionName: 'Ask', token: unknownId, result: { status: 'Approved', summary: 'seen' } };

const announcement = {
  actionName: 'Source',
  actionRevision: { revisionId: 'r', revisionChangeId: 'c', created: 1 },
};

/**
 * For every operation each error its model declares. ValidationException is not repeated: `input-constraints.test.ts` has it for
 * every member of every operation.
 */
export const declaredErrors: Record<OperationName, OperationErrors> = {
  AcknowledgeJob: {
    declared: {
      InvalidNonceException: inWorld(({ openJob }) => ({ jobId: openJob.id, nonce: 'guessed' })),
      JobNotFoundException: given({ jobId: unknownId, nonce: '1' }),
    },
  },
  AcknowledgeThirdPartyJob: thirdPartyErrors.acknowledge,
  CreateCustomActionType: {
    declared: {
      ...tagErrors({ ...customType, version: 'tagged' }),
      LimitExceededException: inWorld(async ({ fillActionTypes }) => {
        await fillActionTypes();
        return { ...customType, version: 'onemore' };
      }),
    },
    undeclared: {
      InvalidActionTypeException: {
        ...given({ ...customType, inputArtifactDetails: { minimumCount: 2, maximumCount: 1 } }),
        why: 'seen at the real service (wire 7)',
      },
    },
  },
  CreatePipeline: {
    declared: {
      ...declarationErrors('unborn'),
      ...tagErrors({ pipeline: declared('tagged') }),
      LimitExceededException: inWorld(async ({ fillPollingPipelines }) => {
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
      PipelineNotFoundException: given({ name: 'nobody' }),
      PipelineVersionNotFoundException: cannotHappen(
        'the real service answers PipelineNotFoundException for a version that is not there, and so do we (wire 7)',
      ),
    },
  },
  GetPipelineExecution: {
    declared: {
      PipelineExecutionNotFoundException: given({ pipelineName, pipelineExecutionId: unknownId }),
      PipelineNotFoundException: given({ ...ofPipeline, pipelineExecutionId: unknownId }),
    },
  },
  GetPipelineState: { declared: { PipelineNotFoundException: given({ name: 'nobody' }) } },
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
      ConcurrentPipelineExecutionsLimitExceededException: inWorld(({ failAtGate }) =>
        failAtGate({ closes: true, starts: smallQuotas.quotaRunningExecutions }),
      ),
      ConditionNotOverridableException: given({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: unknownId,
        conditionType: 'ON_SUCCESS',
      }),
      ConflictException: cannotHappen('the rules that this version checks are checked too fast to be met in between'),
      NotLatestPipelineExecutionException: inWorld(({ failAtGate }) => failAtGate({ closes: false, starts: 1 })),
    },
  },
  PollForJobs: {
    declared: { ActionTypeNotFoundException: given({ actionTypeId: { ...jenkinsType, provider: 'Nobody' } }) },
  },
  PollForThirdPartyJobs: {
    declared: {
      ActionTypeNotFoundException: given({ actionTypeId: { ...jenkinsType, owner: 'ThirdParty', provider: 'Nobody' } }),
    },
  },
  PutActionRevision: {
    declared: {
      ...stageErrors(announcement),
      ActionNotFoundException: given({ pipelineName, stageName: 'Testing', ...announcement, actionName: 'Nobody' }),
      ConcurrentPipelineExecutionsLimitExceededException: inWorld(async ({ fillExecutions }) => ({
        ...announcement,
        ...(await fillExecutions()),
        pipelineExecutionId: undefined,
      })),
    },
  },
  PutApprovalResult: {
    declared: {
      ...stageErrors(approval),
      ActionNotFoundException: given({ pipelineName, stageName: 'Testing', ...approval, actionName: 'Nobody' }),
      ApprovalAlreadyCompletedException: inWorld(async ({ approve }) => ({ ...approval, ...(await approve()) })),
      InvalidApprovalTokenException: inWorld(async ({ approve }) => ({
        ...approval,
        ...(await approve()),
        token: unknownId,
      })),
    },
  },
  PutJobFailureResult: {
    declared: {
      InvalidJobStateException: inWorld(({ endedJob }) => ({
        jobId: endedJob.id,
        failureDetails: { type: 'JobFailed', message: 'another story' },
      })),
      JobNotFoundException: given({ jobId: unknownId, failureDetails: { type: 'JobFailed', message: 'lost' } }),
    },
  },
  PutJobSuccessResult: {
    declared: {
      InvalidJobStateException: inWorld(({ endedJob }) => ({ jobId: endedJob.id })),
      JobNotFoundException: given({ jobId: unknownId }),
      OutputVariablesSizeExceededException: inWorld(({ openJob }) => ({
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
      LimitExceededException: inWorld(async ({ fillWebhooks }) => {
        await fillWebhooks();
        return { webhook };
      }),
      PipelineNotFoundException: given({ webhook: { ...webhook, targetPipeline: 'nobody' } }),
    },
  },
  RegisterWebhookWithThirdParty: noWebhook,
  RetryStageExecution: {
    declared: {
      ...stageErrors({ pipelineExecutionId: unknownId, retryMode: 'FAILED_ACTIONS' }),
      ConcurrentPipelineExecutionsLimitExceededException: inWorld(async ({ fillExecutions }) => ({
        ...(await fillExecutions()),
        retryMode: 'FAILED_ACTIONS',
      })),
      ConflictException: neverBusy,
      NotLatestPipelineExecutionException: inWorld(({ endedJob }) => ({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: endedJob.data.pipelineContext?.pipelineExecutionId,
        retryMode: 'FAILED_ACTIONS',
      })),
      StageNotRetryableException: inWorld(({ openJob }) => ({
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
      PipelineExecutionOutdatedException: inWorld(({ outdate }) => outdate()),
      UnableToRollbackStageException: inWorld(({ endedJob }) => ({
        pipelineName,
        stageName: 'Testing',
        targetPipelineExecutionId: endedJob.data.pipelineContext?.pipelineExecutionId,
      })),
    },
  },
  StartPipelineExecution: {
    declared: {
      ConcurrentPipelineExecutionsLimitExceededException: inWorld(async ({ fillExecutions }) => ({
        name: (await fillExecutions()).pipelineName,
      })),
      ConflictException: neverBusy,
      PipelineNotFoundException: given({ name: 'nobody' }),
    },
  },
  StopPipelineExecution: {
    declared: {
      ConflictException: neverBusy,
      DuplicatedStopRequestException: inWorld(({ startStopping }) => startStopping()),
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
      LimitExceededException: inWorld(async ({ fillPollingPipelines }) => {
        await fillPollingPipelines();
        return { pipeline: declared(pipelineName, { stages: pollingStages() }) };
      }),
    },
    undeclared: {
      PipelineNotFoundException: {
        ...given({ pipeline: declared('nobody') }),
        why: 'the model declares no error for a missing pipeline (decision 8)',
      },
    },
  },
};
