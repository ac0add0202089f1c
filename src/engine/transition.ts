import type { ErrorCode } from '../contract/errors.ts';
import type { StageTransitionType } from '../contract/generated.ts';
import type { Decision } from '../model/decision.ts';
import type { Moment } from '../model/moment.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Transition } from '../model/transition.ts';
import { draftOf, record } from './draft.ts';
import { conclude } from './tick.ts';

/** Which way of which stage is meant, and the ARN of who asks. */
export interface TransitionRequest {
  stageName: string;
  transitionType: StageTransitionType;
  changedBy: string;
}

/**
 * Closes a way: whoever is past it goes on, whoever comes waits before the stage (behaviour C.4). Closing it again
 * for the same reason changes nothing.
 */
export function disableTransition(
  snapshot: Snapshot,
  request: TransitionRequest & { reason: string },
  moment: Moment,
): Decision {
  const found = findWay(snapshot, request);
  if ('refuse' in found) return found;
  const { stageName, transition } = found;
  const { changedBy, reason } = request;
  if (transition?.enabled === false && transition.disabledReason === reason) return { changes: [], answer: undefined };
  const closed = { enabled: false, disabledReason: reason, changedBy, changedAt: moment.at };
  return { changes: [{ kind: 'transitionDisabled', stageName, transition: closed }], answer: undefined };
}

/** Opens a way; who waited before the stage enters at once (behaviour C.4). Opening an open one changes nothing. */
export function enableTransition(snapshot: Snapshot, request: TransitionRequest, moment: Moment): Decision {
  const found = findWay(snapshot, request);
  if ('refuse' in found) return found;
  const { stageName, transition } = found;
  if (transition === undefined || transition.enabled) return { changes: [], answer: undefined };
  const open = { enabled: true, changedBy: request.changedBy, changedAt: moment.at };
  const draft = record(draftOf(snapshot, moment), { kind: 'transitionEnabled', stageName, transition: open });
  return conclude(draft, undefined);
}

/** The way out of a stage is the way into the next one, and shown there. */
function findWay(
  { pipeline, declaration, occupancy }: Snapshot,
  { stageName, transitionType }: TransitionRequest,
): { stageName: string; transition?: Transition } | { refuse: ErrorCode; message: string } {
  const index = declaration.stages.findIndex(({ name }) => name === stageName);
  if (index < 0) {
    const message = `Pipeline '${pipeline.name}' does not have a stage with name '${stageName}'`;
    return { refuse: 'StageNotFoundException', message };
  }
  const way = declaration.stages[transitionType === 'Inbound' ? index : index + 1];
  if (!way) {
    const message = `The stage '${stageName}' is the last one of pipeline '${pipeline.name}': no transition leads out of it.`;
    return { refuse: 'ValidationException', message };
  }
  const transition = occupancy.find((stage) => stage.stageName === way.name)?.transition;
  return { stageName: way.name, transition };
}
