import { pipelineName, testAction, threeStages } from '../../support/pipelines/scenario.ts';
import { declared, type ErrorWorld, pipelineArn, systemTags, tooManyTags } from './error-harness.ts';

/** An input that the error answers in a world prepared for it, or why no state of this version leads to the error. */
export type Proof = { input: (world: ErrorWorld) => object | Promise<object> } | { cannotHappen: string };

/** The proofs of one operation by error code; `undeclared` holds errors its model does not declare, each with a reason. */
export interface OperationErrors {
  declared: Record<string, Proof>;
  undeclared?: Record<string, Proof & { why: string }>;
}

export const given = (input: object): Proof => ({ input: () => input });
export const inWorld = (input: (world: ErrorWorld) => object | Promise<object>): Proof => ({ input });
export const cannotHappen = (reason: string): Proof => ({ cannotHappen: reason });

export const changesQueue = cannotHappen('changes of one resource wait for each other; none is turned away for it');
export const neverBusy = cannotHappen('calls about one pipeline wait for each other; none is turned away for it');

export const stageErrors = (input: object): Record<string, Proof> => ({
  PipelineNotFoundException: given({ pipelineName: 'nobody', stageName: 'Testing', ...input }),
  StageNotFoundException: given({ pipelineName, stageName: 'Nowhere', ...input }),
});

export const badToken = given({ nextToken: 'forged' });
export const ofPipeline = { pipelineName: 'nobody' };
export const arn = { resourceArn: pipelineArn };
export const tags = [{ key: 'a', value: '' }];
const noResource = { resourceArn: pipelineArn.replace(pipelineName, 'nobody') };
const noArn = { resourceArn: pipelineArn.replace(pipelineName, 'a/b') };

/** What is wrong with a declaration whichever call brings it. */
export const declarationErrors = (name: string): Record<string, Proof> => {
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

export const tagErrors = (input: object): Record<string, Proof> => ({
  ConcurrentModificationException: changesQueue,
  InvalidTagsException: given({ ...input, tags: systemTags }),
  TooManyTagsException: given({ ...input, tags: tooManyTags }),
});

export const resourceErrors = (input: object): Record<string, Proof> => ({
  InvalidArnException: given({ ...noArn, ...input }),
  ResourceNotFoundException: given({ ...noResource, ...input }),
});

export const noWebhook = { declared: { WebhookNotFoundException: given({ webhookName: 'nobody' }) } };
export const noType = { category: 'Build', owner: 'AWS', provider: 'Nobody', version: '1' };

/** The definition of a type of AWS's, as UpdateActionType wants it. */
export const changedType = (id: object) => ({
  actionType: {
    id,
    executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} } },
    inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
    outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
  },
});
