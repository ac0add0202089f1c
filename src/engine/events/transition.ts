import type { ErrorCode } from '../../contract/errors.ts';
import type { StageTransitionType } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Transition } from '../../model/transition.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude } from '../tick/tick.ts';

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

/** A way that was closed for longer than this lets nobody in who waits when it is opened (behaviour B.6, C.4). */
export const longestClosureMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Opens a way; who waited before the stage enters at once (behaviour C.4), unless the way was closed for too long since
 * somebody closed it last: then whoever waits stays there. Opening an open one changes nothing.
 */
export function enableTransition(snapshot: Snapshot, request: TransitionRequest, moment: Moment): Decision {
  const found = findWay(snapshot, request);
  if ('refuse' in found) return found;
  const { stageName, transition } = found;
  if (transition === undefined || transition.enabled) return { changes: [], answer: undefined };
  const open = { enabled: true, changedBy: request.changedBy, changedAt: moment.at };
  const isLate = moment.at - transition.changedAt > longestClosureMs;
  const expired = isLate ? waitersAt(snapshot, stageName) : [];
  const draft = record(
    draftOf(snapshot, moment),
    ...expired.map((executionId): Change => ({ kind: 'executionExpired', executionId })),
    { kind: 'transitionEnabled', stageName, transition: open },
  );
  return conclude(draft, undefined);
}

function waitersAt({ occupancy }: Snapshot, stageName: string): string[] {
  const stage = occupancy.find((candidate) => candidate.stageName === stageName);
  return stage ? [...stage.waiting, ...stage.waitingParallel] : [];
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
