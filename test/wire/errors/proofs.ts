import { pipelineName, testAction, threeStages } from '../../support/pipelines/scenario.ts';
import { declared, type ErrorHarness, pipelineArn, systemTags, tooManyTags } from './error-harness.ts';

/** An input that produces the error in the harness, or why it cannot occur. */
export type Proof = { input: (harness: ErrorHarness) => object | Promise<object> } | { cannotHappen: string };

/** The proofs of one operation by error code; `undeclared` are errors that the model does not declare, with the reason. */
export interface OperationErrors {
  declared: Record<string, Proof>;
  undeclared?: Record<string, Proof & { why: string }>;
}

export const given = (input: object): Proof => ({ input: () => input });
export const withHarness = (input: (harness: ErrorHarness) => object | Promise<object>): Proof => ({ input });
export const cannotHappen = (reason: string): Proof => ({ cannotHappen: reason });

export const changesQueue = cannotHappen('changes of one resource wait for each other; none is rejected');
export const neverBusy = cannotHappen('calls for one pipeline wait for each other; none is rejected');

export const stageErrors = (input: object): Record<string, Proof> => ({
  PipelineNotFoundException: given({ pipelineName: 'missing', stageName: 'Testing', ...input }),
  StageNotFoundException: given({ pipelineName, stageName: 'Missing', ...input }),
});

export const badToken = given({ nextToken: 'forged' });
export const ofPipeline = { pipelineName: 'missing' };
export const arn = { resourceArn: pipelineArn };
export const tags = [{ key: 'a', value: '' }];
const noResource = { resourceArn: pipelineArn.replace(pipelineName, 'missing') };
const noArn = { resourceArn: pipelineArn.replace(pipelineName, 'a/b') };

/** Errors of a declaration, in CreatePipeline and UpdatePipeline. */
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

export const noWebhook = { declared: { WebhookNotFoundException: given({ webhookName: 'missing' }) } };
export const noType = { category: 'Build', owner: 'AWS', provider: 'Missing', version: '1' };

/** Returns an input of UpdateActionType. */
export const changedType = (id: object) => ({
  actionType: {
    id,
    executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} } },
    inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
    outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
  },
});
