import type { ErrorCode } from '../../../src/contract/errors.ts';
import { longestDisabledMs } from '../../../src/engine/events/transition.ts';
import { isManualApproval } from '../../../src/model/action-type.ts';
import type { ActionExecution } from '../../../src/model/execution.ts';
import { customActionTimeoutMs, type Job } from '../../../src/model/job.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isOpenJob } from '../../../src/model/status.ts';
import { type Harness, waitingApprovals } from '../engine/harness.ts';
import type { Chance } from '../engine/random.ts';
import { type Event, type Outcome, outcomeOf } from './event.ts';
import { must } from './must.ts';
import { checkTimes } from './place-rules.ts';

/** Events of workers, approvals and time for the actions of a pipeline. */
export const workEvents = {
  succeed: { share: 30, play: (harness, chance) => onOpenJob(harness, chance, () => true, succeed) },
  continue: { share: 6, play: (harness, chance) => onOpenJob(harness, chance, () => true, continueLater) },
  fail: { share: 6, play: (harness, chance) => onOpenJob(harness, chance, () => true, fail) },
  deliver: { share: 9, play: (harness, chance) => onOpenJob(harness, chance, isOnOffer, deliver) },
  acknowledge: { share: 12, play: (harness, chance) => onOpenJob(harness, chance, isDelivered, acknowledge) },
  reportStale: { share: 3, play: (harness, chance) => onOpenJob(harness, chance, isDelivered, reportStale) },
  reportLate: { share: 3, play: reportLate },
  approve: { share: 12, play: answerApproval },
  approveLate: { share: 1, play: answerLate },
  timeOut: { share: 2, play: (harness, chance) => lookAtTime(harness, chance.pick(harness.placed())) },
  passTime: { share: 3, play: passTime },
} satisfies Record<string, Event>;

type OnJob = (harness: Harness, execution: ExecutionSnapshot, job: Job, chance: Chance) => Outcome;

function onOpenJob(harness: Harness, chance: Chance, fits: (job: Job) => boolean, play: OnJob): Outcome {
  const isOpenFor = (job: Job) => isOpenJob(job.status) && fits(job);
  const execution = chance.pickFitting(harness.placed(), ({ jobs }) => jobs.some(isOpenFor));
  const job = execution && chance.pickFitting(execution.jobs, isOpenFor);
  return job ? play(harness, execution, job, chance) : 'idle';
}

function isOnOffer({ status }: Job): boolean {
  return status !== 'InProgress';
}

function isDelivered({ status }: Job): boolean {
  return status === 'Dispatched';
}

function succeed(harness: Harness, { id }: ExecutionSnapshot, job: Job, chance: Chance): Outcome {
  return mustBeTaken(outcomeOf(harness.succeed(id, job.id, success(chance))), job);
}

function continueLater(harness: Harness, { id }: ExecutionSnapshot, job: Job, chance: Chance): Outcome {
  const currentRevision = chance.oneIn(4) ? { revision: `r${chance.below(100)}`, changeIdentifier: 'c' } : undefined;
  const continuationToken = `t${chance.below(3)}`;
  return mustBeTaken(outcomeOf(harness.succeed(id, job.id, { continuationToken, currentRevision })), job);
}

function fail(harness: Harness, { id }: ExecutionSnapshot, job: Job): Outcome {
  return mustBeTaken(outcomeOf(harness.fail(id, job.id)), job);
}

function deliver(harness: Harness, { id }: ExecutionSnapshot, job: Job): Outcome {
  harness.deliver(id, job.id);
  return 'taken';
}

function acknowledge(harness: Harness, { id }: ExecutionSnapshot, job: Job): Outcome {
  harness.acknowledge(id, job.id);
  return 'taken';
}

/** A provider without its lease reports with the number of an earlier delivery. */
function reportStale(harness: Harness, { id }: ExecutionSnapshot, job: Job): Outcome {
  const outcome = outcomeOf(harness.report(id, job.id, { outcome: 'Succeeded' }, '1'));
  must(outcome === 'refused', 'a report without a lease is rejected', job);
  return outcome;
}

function mustBeTaken(outcome: Outcome, job: Job): Outcome {
  must(outcome === 'taken', 'a report on an open job is accepted', job);
  return outcome;
}

/** Generates a final report, mostly with the variable `Tag`, different for each attempt. */
export function success(chance: Chance) {
  const currentRevision = { revision: `r${chance.below(100)}`, changeIdentifier: 'c' };
  return {
    outputVariables: chance.oneIn(6) ? undefined : { Tag: `v${chance.below(1000)}` },
    currentRevision: chance.oneIn(2) ? currentRevision : undefined,
  };
}

/** Reports on an ended job: an identical report is accepted, any other rejected, neither with any effect. */
function reportLate(harness: Harness, chance: Chance): Outcome {
  const execution = chance.pick(harness.executions());
  const job = execution && chance.pickFitting(execution.jobs, ({ status }) => !isOpenJob(status));
  if (!job) return 'idle';
  const isRepeat = job.result !== undefined && chance.oneIn(2);
  const action = execution.actions.find(({ id }) => id === job.actionExecutionId);
  const isAbandoned = action?.status === 'Abandoned' && job.result === undefined;
  const result = isRepeat && job.result ? { ...job.result } : { outcome: 'Succeeded' as const, ...success(chance) };
  const isSame = JSON.stringify(result) === JSON.stringify(job.result);
  const outcome = outcomeOf(harness.report(execution.id, job.id, result));
  const wanted = isAbandoned || isSame ? 'unchanged' : 'refused';
  must(outcome === wanted, 'a late report changes nothing and is rejected unless it is identical', { job, result });
  return outcome;
}

/** Responds to a pending approval; without a required summary the response is rejected and it stays pending. */
function answerApproval(harness: Harness, chance: Chance): Outcome {
  const execution = chance.pickFitting(harness.placed(), (one) => waitingApprovals(one).length > 0);
  return execution ? answerOne(harness, execution, chance) : 'idle';
}

/** Responds to one of the pending approvals of an execution. */
export function answerOne(harness: Harness, execution: ExecutionSnapshot, chance: Chance): Outcome {
  const waiting = chance.pick(waitingApprovals(execution));
  if (!waiting) return 'idle';
  const summary = chance.oneIn(2) ? 'seen' : '';
  const status = chance.oneIn(4) ? 'Rejected' : 'Approved';
  const outcome = outcomeOf(harness.answer(execution.id, waiting.actionName, { status, summary }));
  const lacksSummary = waiting.start.configuration.IsSummaryRequired === 'true' && summary === '';
  must((outcome === 'refused') === lacksSummary, 'an answer is taken unless it lacks the summary', waiting);
  const now = harness.execution(execution.id).actions.find(({ id }) => id === waiting.id);
  const wanted = lacksSummary ? 'InProgress' : status === 'Approved' ? 'Succeeded' : 'Failed';
  must(now?.status === wanted, 'an approval ends with its response', { waiting, now });
  return outcome;
}

/** Responds to an approval that is no longer pending: answered, timed out, cancelled or abandoned. */
function answerLate(harness: Harness, chance: Chance): Outcome {
  const isOver = ({ status, start }: ActionExecution) => isEndedAction(status) && isManualApproval(start.actionTypeId);
  const execution = chance.pickFitting(harness.executions(), ({ actions }) => actions.some(isOver));
  const over = execution && chance.pickFitting(execution.actions, isOver);
  if (!over) return 'idle';
  const decision = harness.answer(execution.id, over.actionName, { token: over.id, summary: 'late' });
  const wanted: ErrorCode =
    over.updatedBy === undefined ? 'InvalidApprovalTokenException' : 'ApprovalAlreadyCompletedException';
  must('refuse' in decision && decision.refuse === wanted, 'only an approval that waits can be answered', over);
  return 'refused';
}

/** Durations that are shorter and longer than the timeouts. */
const whilesMs = [
  60_000,
  60_000,
  customActionTimeoutMs / 2,
  customActionTimeoutMs,
  7 * customActionTimeoutMs,
  longestDisabledMs + 1,
];

/** Some executions are checked late, and in any order. */
function passTime(harness: Harness, chance: Chance): Outcome {
  harness.clock.pass(chance.pick(whilesMs) ?? 0);
  let outcome: Outcome = 'unchanged';
  for (const { id } of harness.placed()) {
    if (!chance.oneIn(3) && lookAtTime(harness, harness.execution(id)) === 'taken') outcome = 'taken';
  }
  return outcome;
}

/** Ends what is overdue of an execution. */
export function lookAtTime(harness: Harness, execution: ExecutionSnapshot | undefined): Outcome {
  if (!execution) return 'idle';
  const outcome = outcomeOf(harness.timeOut(execution.id));
  checkTimes(harness.execution(execution.id), harness.clock.at);
  return outcome;
}
