import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude, tick } from '../tick/tick.ts';
import { failUnanswered, waitingApprovals } from '../tick/waiting-approvals.ts';

/** Code and text are ours: what the service reports is unknown (behaviour C.14). */
const error = { code: 'ApprovalTimedOut', message: 'The approval was not answered before its time-out.' };

/** Fails the approvals of the execution that nobody has answered in time (behaviour A.8). */
export function approvalTimeout(snapshot: Snapshot, moment: Moment): Decision {
  const waiting = snapshot.execution ? waitingApprovals(snapshot.execution) : [];
  const overdue = waiting.filter(({ deadlineAt }) => deadlineAt !== undefined && deadlineAt <= moment.at);
  const changes = overdue.map((action) => failUnanswered(action, error, moment.at));
  return conclude(tick(record(draftOf(snapshot, moment), ...changes), moment), undefined);
}
