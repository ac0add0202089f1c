import type { ErrorCode } from '../../contract/errors.ts';
import type { StageTransitionType } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Transition } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { finish } from '../tick/tick.ts';

/** The transition into or out of a stage, and the caller's ARN. */
export interface TransitionRequest {
  stageName: string;
  transitionType: StageTransitionType;
  changedBy: string;
}

/**
 * Disables a transition: executions that arrive wait, those past it continue (behaviour C.4). Repeated with the same
 * reason, it changes nothing.
 */
export function disableTransition(
  snapshot: Snapshot,
  request: TransitionRequest & { reason: string },
  moment: Moment,
): Decision {
  const found = findTransition(snapshot, request);
  if ('refuse' in found) return found;
  const { stageName, transition } = found;
  const { changedBy, reason } = request;
  if (transition?.enabled === false && transition.disabledReason === reason) return { changes: [], answer: undefined };
  const disabled = { enabled: false, disabledReason: reason, changedBy, changedAt: moment.at };
  return { changes: [{ kind: 'transitionDisabled', stageName, transition: disabled }], answer: undefined };
}

/** Waits expire if their transition is enabled after being disabled for longer than this (behaviour B.6, C.4). */
export const longestDisabledMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Enables a transition and lets waiting executions enter (behaviour C.4). Their waits expire instead if the transition
 * was last disabled too long ago.
 */
export function enableTransition(snapshot: Snapshot, request: TransitionRequest, moment: Moment): Decision {
  const found = findTransition(snapshot, request);
  if ('refuse' in found) return found;
  const { stageName, transition } = found;
  if (transition === undefined || transition.enabled) return { changes: [], answer: undefined };
  const enabled = { enabled: true, changedBy: request.changedBy, changedAt: moment.at };
  const isLate = moment.at - transition.changedAt > longestDisabledMs;
  const expired = isLate ? waitersAt(snapshot, stageName) : [];
  const changes: Change[] = [
    ...expired.map((executionId): Change => ({ kind: 'executionExpired', executionId })),
    { kind: 'transitionEnabled', stageName, transition: enabled },
  ];
  return finish(snapshot, moment, changes, undefined);
}

function waitersAt({ occupancy }: Snapshot, stageName: string): string[] {
  const stage = occupancy.find((candidate) => candidate.stageName === stageName);
  return stage ? [...stage.waiting, ...stage.waitingParallel] : [];
}

/** Finds a transition. The one out of a stage is stored as the one into the next stage. */
function findTransition(
  { pipeline, declaration, occupancy }: Snapshot,
  { stageName, transitionType }: TransitionRequest,
): { stageName: string; transition?: Transition } | { refuse: ErrorCode; message: string } {
  const index = declaration.stages.findIndex(({ name }) => name === stageName);
  if (index < 0) {
    const message = `Pipeline '${pipeline.name}' does not have a stage with name '${stageName}'`;
    return { refuse: 'StageNotFoundException', message };
  }
  const next = declaration.stages[transitionType === 'Inbound' ? index : index + 1];
  if (!next) {
    const message = `The stage '${stageName}' is the last one of pipeline '${pipeline.name}': no transition leads out of it.`;
    return { refuse: 'ValidationException', message };
  }
  const transition = occupancy.find((stage) => stage.stageName === next.name)?.transition;
  return { stageName: next.name, transition };
}
