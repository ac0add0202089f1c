import { ServiceError } from '../contract/errors.ts';
import { findStage } from './find-stage.ts';
import type { Operation } from './operation.ts';

/** Lets a stage pass a failed condition. Stage conditions are refused when a pipeline is saved, so there is never one. */
export const overrideStageCondition: Operation<'OverrideStageCondition'> = async (input, call, parts) => {
  await findStage(input, call, parts);
  throw new ServiceError(
    'ConditionNotOverridableException',
    `The stage '${input.stageName}' of the execution '${input.pipelineExecutionId}' has no failed condition of type ${input.conditionType}.`,
  );
};
