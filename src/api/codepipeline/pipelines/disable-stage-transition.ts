import { disableTransition } from '../../../engine/events/transition.ts';
import { operation } from '../operation.ts';
import { stageOf } from '../resources.ts';

/** Closes the way into or out of a stage (behaviour C.4). */
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
