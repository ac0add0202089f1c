import type { ConditionType } from '../../../contract/generated.ts';
import { overrideCondition } from '../../../engine/events/override-condition.ts';
import { operation } from '../operation.ts';
import { findStage } from '../pipelines/find-pipeline.ts';
import { stageOf } from '../resources.ts';

const kinds = { BEFORE_ENTRY: 'beforeEntry', ON_SUCCESS: 'onSuccess' } as const satisfies Record<ConditionType, string>;

/** Lets a stage pass whose condition failed (behaviour C.8). */
export const overrideStageCondition = operation('OverrideStageCondition', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, dependencies) {
    await findStage(input, call, dependencies);
    const { pipelineName: name, pipelineExecutionId: executionId, stageName, conditionType } = input;
    const request = { executionId, stageName, kind: kinds[conditionType], callerArn: call.callerArn };
    await dependencies.store.advance(
      { kind: 'execution', scope: call, name, executionId, stageName },
      (snapshot, moment) => overrideCondition(snapshot, request, moment),
    );
    return undefined;
  },
});
