import { disableTransition, enableTransition } from '../../../engine/events/transition.ts';
import { operation } from '../operation.ts';
import { stageOf } from '../resources.ts';

/** Disables a transition into or out of a stage (behaviour C.4). */
export const disableStageTransition = operation('DisableStageTransition', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, { store }) {
    const { pipelineName, stageName, transitionType, reason } = input;
    await store.advance({ kind: 'pipeline', scope: call, name: pipelineName }, (snapshot, moment) =>
      disableTransition(snapshot, { stageName, transitionType, reason, changedBy: call.callerArn }, moment),
    );
    return undefined;
  },
});

/** Enables a transition into or out of a stage; a waiting execution enters immediately (behaviour C.4). */
export const enableStageTransition = operation('EnableStageTransition', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, { store }) {
    const { pipelineName, stageName, transitionType } = input;
    await store.advance({ kind: 'pipeline', scope: call, name: pipelineName }, (snapshot, moment) =>
      enableTransition(snapshot, { stageName, transitionType, changedBy: call.callerArn }, moment),
    );
    return undefined;
  },
});
