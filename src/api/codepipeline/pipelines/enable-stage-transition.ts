import { enableTransition } from '../../../engine/events/transition.ts';
import type { Operation } from '../operation.ts';

/** Opens the way into or out of a stage again; who waited there enters at once (behaviour C.4). */
export const enableStageTransition: Operation<'EnableStageTransition'> = async (input, call, { store }) => {
  const { pipelineName, stageName, transitionType } = input;
  await store.advance({ kind: 'pipeline', scope: call, name: pipelineName }, (snapshot, moment) =>
    enableTransition(snapshot, { stageName, transitionType, changedBy: call.callerArn }, moment),
  );
  return undefined;
};
