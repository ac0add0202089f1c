import type { OperationName } from '../../src/contract/model.ts';
import { jenkinsType, pipelineName, sourceAction, testAction, threeStages } from '../support/scenario.ts';
import {
  customType,
  declared,
  type ErrorWorld,
  pipelineArn,
  pollingStages,
  systemTags,
  tooManyTags,
  unknownId,
  webhook,
} from './error-world.ts';

/** An input that the error answers in a world prepared for it, or why no state of this version leads to the error. */
export type Proof = { input: (world: ErrorWorld) => object | Promise<object> } | { cannotHappen: string };

/** The proofs of one operation by error code; `undeclared` holds errors its model does not declare, each with a reason. */
export interface OperationErrors {
  declared: Record<string, Proof>;
  undeclared?: Record<string, Proof & { why: string }>;
}

const given = (input: object): Proof => ({ input: () => input });
const inWorld = (input: (world: ErrorWorld) => object | Promise<object>): Proof => ({ input });
const cannotHappen = (reason: string): Proof => ({ cannotHappen: reason });

const changesQueue = cannotHappen('changes of one resource wait for each other; none is turned away for it');
const neverBusy = cannotHappen('calls about one pipeline wait for each other; none is turned away for it');
const noParallelRuns = cannotHappen('the execution modes QUEUED and PARALLEL, which have the limit, are refused');

const noPartner = cannotHappen('no partner can be registered, so no job of one exists to be spoken of');

const thirdPartyErrors = (input: object, more: Record<string, Proof>): OperationErrors => ({
  declared: {
    InvalidClientTokenException: noPartner,
    JobNotFoundException: given({ jobId: 'job', clientToken: 'token', ...input }),
    ...more,
  },
});

const stageErrors = (input: object): Record<string, Proof> => ({
  PipelineNotFoundException: given({ pipelineName: 'nobody', stageName: 'Testing', ...input }),
  StageNotFoundException: given({ pipelineName, stageName: 'Nowhere', ...input }),
});

const badToken = given({ nextToken: 'forged' });
const ofPipeline = { pipelineName: 'nobody' };
const arn = { resourceArn: pipelineArn };
const tags = [{ key: 'a', value: '' }];
const noResource = { resourceArn: pipelineArn.replace(pipelineName, 'nobody') };
const noArn = { resourceArn: pipelineArn.replace(pipelineName, 'a/b') };

/** What is wrong with a declaration whichever call brings it. */
const declarationErrors = (name: string): Record<string, Proof> => {
  const { stages } = threeStages();
  const [source, testing, release] = stages as [(typeof stages)[0], (typeof stages)[0], (typeof stages)[0]];
  const of = (changed: typeof stages) => given({ pipeline: declared(name, { stages: changed }) });
  const unconfigured = { ...testing, actions: [{ ...testAction, configuration: {} }] };
  const blocked = { ...testing, blockers: [{ name: 'Night', type: 'Schedule' }] };
  return {
    InvalidActionDeclarationException: of([source, unconfigured, release]),
    InvalidBlockerDeclarationException: of([source, blocked, release]),
    InvalidStageDeclarationException: of([source, testing, testing]),
    InvalidStructureException: of([source]),
  };
};

const tagErrors = (input: object): Record<string, Proof> => ({
  ConcurrentModificationException: changesQueue,
  InvalidTagsException: given({ ...input, tags: systemTags }),
  TooManyTagsException: given({ ...input, tags: tooManyTags }),
});

const resourceErrors = (input: object): Record<string, Proof> => ({
  InvalidArnException: given({ ...noArn, ...input }),
  ResourceNotFoundException: given({ ...noResource, ...input }),
});

const noWebhook = { declared: { WebhookNotFoundException: given({ webhookName: 'nobody' }) } };
const noType = { category: 'Build', owner: 'AWS', provider: 'Nobody', version: '1' };

/** The definition of a type of AWS's, as UpdateActionType wants it. */
const changedType = (id: object) => ({
  actionType: {
    id,
    executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} } },
    inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
    outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
  },
});

/**
 * For every operation each error its model declares. ValidationException is not repeated: `input-constraints.test.ts` has it for
 * every member of every operation. `not supported` is an operation that refuses every input.
 */
export const declaredErrors: Record<OperationName, OperationErrors | 'not supported'> = {
  AcknowledgeJob: {
    declared: {
      InvalidNonceException: inWorld(({ openJob }) => ({ jobId: openJob.id, nonce: 'guessed' })),
      JobNotFoundException: given({ jobId: unknownId, nonce: '1' }),
    },
  },
  AcknowledgeThirdPartyJob: thirdPartyErrors({ nonce: '3' }, { InvalidNonceException: noPartner }),
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
        why: 'seen at the real service (wire §7)',
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
        'the real service answers PipelineNotFoundException for a version that is not there, and so do we (wire §7)',
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
  GetThirdPartyJobDetails: thirdPartyErrors({}, { InvalidJobException: noPartner }),
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
    declared: { InvalidNextTokenException: cannotHappen('the input of the operation has no token (operations §3.6)') },
  },
  ListTagsForResource: {
    declared: { ...resourceErrors({}), InvalidNextTokenException: given({ ...arn, nextToken: 'forged' }) },
  },
  ListWebhooks: { declared: { InvalidNextTokenException: given({ NextToken: 'forged' }) } },
  OverrideStageCondition: {
    declared: {
      ...stageErrors({ pipelineExecutionId: unknownId, conditionType: 'ON_SUCCESS' }),
      ConcurrentPipelineExecutionsLimitExceededException: noParallelRuns,
      ConditionNotOverridableException: given({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId: unknownId,
        conditionType: 'ON_SUCCESS',
      }),
      ConflictException: neverBusy,
      NotLatestPipelineExecutionException: cannotHappen('stage conditions are refused, so there is none to override'),
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
  PutActionRevision: 'not supported',
  PutApprovalResult: 'not supported',
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
  PutThirdPartyJobFailureResult: thirdPartyErrors(
    { failureDetails: { type: 'JobFailed', message: 'lost' } },
    { InvalidJobStateException: noPartner },
  ),
  PutThirdPartyJobSuccessResult: thirdPartyErrors({}, { InvalidJobStateException: noPartner }),
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
      ConcurrentPipelineExecutionsLimitExceededException: noParallelRuns,
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
  RollbackStage: 'not supported',
  StartPipelineExecution: {
    declared: {
      ConcurrentPipelineExecutionsLimitExceededException: noParallelRuns,
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
      PipelineNotFoundException: { ...given({ pipeline: declared('nobody') }), why: 'DECISIONS 8' },
    },
  },
};
