import type { ErrorCode } from '../../../src/contract/errors.ts';
import { startExecution } from '../../../src/engine/events/start-execution.ts';
import { longestDisabledMs } from '../../../src/engine/events/transition.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isRunning } from '../../../src/model/status.ts';
import type { Harness } from '../engine/harness.ts';
import type { Chance } from '../engine/random.ts';
import { type Event, type Outcome, outcomeOf } from './event.ts';
import { generatePipeline } from './generate-pipeline.ts';
import { limits } from './judge.ts';
import { must } from './must.ts';
import { rollbackStages } from './rollback-rules.ts';

/** External requests to a pipeline. */
export const pipelineEvents = {
  start: { share: 11, play: start },
  startAgain: { share: 1, play: startAgain },
  stop: { share: 2, play: (harness, chance) => stop(harness, chance, 'wait') },
  abandon: { share: 1, play: (harness, chance) => stop(harness, chance, 'abandon') },
  turnWay: { share: 3, play: turnWay },
  retry: { share: 6, play: retry },
  rollBack: { share: 6, play: rollBack },
  override: { share: 9, play: override },
  update: { share: 1, play: update },
} satisfies Record<string, Event>;

/**
 * Sometimes without a value for a required variable: such an execution fails immediately. Above the limit of
 * the mode a start is rejected.
 */
function start(harness: Harness, chance: Chance): Outcome {
  const { variables: declared = [], executionMode } = harness.declaration();
  const variables = chance.oneIn(4) ? [] : declared.map(({ name }) => ({ name, value: 'fast' }));
  const clientRequestToken = `start ${harness.executions().length}`;
  const isFull = executionMode !== 'SUPERSEDED' && harness.placed().length >= limits.runningExecutions;
  const decision = harness.advance({ clientRequestToken }, (seen, moment) =>
    startExecution(seen, { triggerType: 'StartPipelineExecution', variables, clientRequestToken }, moment),
  );
  must('refuse' in decision === isFull, 'a start is refused over the limit of its mode', decision);
  if ('refuse' in decision) return 'refused';
  const execution = harness.execution(decision.answer);
  const lacksVariables = variables.length < declared.length;
  const hasFailed = execution.status === 'Failed' && execution.stages.length === 0;
  must(hasFailed === lacksVariables, 'a start without a required variable fails immediately', execution);
  return 'taken';
}

/** Repeats a call, as a client does after a lost response. */
function startAgain(harness: Harness, chance: Chance): Outcome {
  const before = harness.executions().length;
  const one = chance.pickFitting(harness.executions(), ({ rollback }) => !rollback);
  if (!one) return 'idle';
  const id = harness.start({ clientRequestToken: `start ${harness.executions().indexOf(one)}` });
  must(id === one.id && harness.executions().length === before, 'a repeated token starts nothing', one);
  return 'unchanged';
}

/** Stops an execution, waiting or abandoning. Rejected if it has ended, or for a second wait. */
function stop(harness: Harness, chance: Chance, how: 'wait' | 'abandon'): Outcome {
  const execution = chance.pick(chance.oneIn(6) ? harness.executions() : harness.placed());
  if (!execution) return 'idle';
  const abandon = how === 'abandon';
  const outcome = outcomeOf(harness.stop(execution.id, { abandon, reason: 'enough' }));
  const isRefused = !isRunning(execution.status) || (execution.status === 'Stopping' && !abandon);
  must(
    (outcome === 'refused') === isRefused,
    'a running execution can be stopped, and only once with waiting',
    execution,
  );
  if (isRefused) return outcome;
  const isWaiting = execution.actions.some(({ status }) => status === 'InProgress') && !abandon;
  const { status } = harness.execution(execution.id);
  must(status === (isWaiting ? 'Stopping' : 'Stopped'), 'a stop waits for running work unless it abandons', execution);
  return outcome;
}

/** Disables a transition or, mostly, enables one again. */
function turnWay(harness: Harness, chance: Chance): Outcome {
  const names = harness.declaration().stages.map(({ name }) => name);
  const closed = chance.oneIn(5) ? undefined : chance.pick(names.filter(harness.isClosed));
  const name = closed ?? chance.pick(names) ?? '';
  const isOpening = closed !== undefined || chance.oneIn(8);
  const waiting = harness.placed().filter(({ waitingStage }) => waitingStage === name);
  const { transition } = harness.snapshot().occupancy.find(({ stageName }) => stageName === name) ?? {};
  const isLate =
    isOpening && transition?.enabled === false && harness.clock.at - transition.changedAt > longestDisabledMs;
  const outcome = outcomeOf(isOpening ? harness.open(name) : harness.close(name, `r${chance.below(2)}`));
  must(harness.isClosed(name) === !isOpening && outcome !== 'refused', 'a transition has its latest setting', name);
  const now = waiting.map(({ id }) => harness.execution(id));
  const isKept = now.every(
    ({ waitingStage, hasExpired }, index) =>
      (!isLate || waitingStage === name) && (hasExpired === true) === (isLate || waiting[index]?.hasExpired === true),
  );
  must(isKept, 'only a transition enabled too late keeps waiting executions out', { isLate, now });
  return outcome;
}

/** Mostly retries an execution that may be retried; any other retry changes nothing. */
function retry(harness: Harness, chance: Chance): Outcome {
  const all = harness.executions();
  const { version } = harness.declaration();
  const isLikely = ({ id, status, pipelineVersion, executionMode, actions, stages }: ExecutionSnapshot) =>
    (pipelineVersion === version || executionMode === 'PARALLEL') &&
    status !== 'Succeeded' &&
    (executionMode === 'PARALLEL' || harness.lastEntrant(stages.at(-1)?.stageName ?? '') === id) &&
    (stages.at(-1)?.status === 'Stopped' ||
      actions.some(
        (action) =>
          !action.isRetried && !action.conditionId && (action.status === 'Failed' || action.status === 'Abandoned'),
      ));
  const execution = chance.oneIn(5)
    ? chance.pick(all)
    : chance.pickFitting(chance.oneIn(2) ? harness.placed() : all, isLikely);
  const stage = execution?.stages.at(-1);
  if (!execution || !stage) return 'idle';
  const count = all.length;
  const mode = chance.oneIn(2) ? 'FAILED_ACTIONS' : 'ALL_ACTIONS';
  const decision = harness.retry(execution.id, stage.stageName, mode);
  must(all.length === count, 'a retry starts no execution', execution);
  if ('refuse' in decision) {
    const refusals: ErrorCode[] = [
      'StageNotRetryableException',
      'NotLatestPipelineExecutionException',
      'ConcurrentPipelineExecutionsLimitExceededException',
      'ConflictException',
    ];
    must(refusals.includes(decision.refuse), 'a retry is rejected with its own errors', decision);
    must(harness.execution(execution.id) === execution, 'a rejected retry changes nothing', decision);
    return 'refused';
  }
  must(decision.answer === execution.id, 'a retry continues the same execution', decision);
  const attempts = execution.actions.filter(
    (one) => one.stageName === stage.stageName && !one.isRetried && one.conditionId === undefined,
  );
  const wanted = attempts.filter(
    ({ status }) => mode === 'ALL_ACTIONS' || status === 'Failed' || status === 'Abandoned',
  );
  const retried = decision.changes.find(({ kind }) => kind === 'stageRetried');
  const isWanted = retried?.kind === 'stageRetried' && retried.actionIds.join() === wanted.map(({ id }) => id).join();
  must(isWanted, 'a retry is of the failed actions, or of all', { mode, attempts });
  return 'taken';
}

/** Mostly rolls back to a valid target; any other rollback changes nothing. */
function rollBack(harness: Harness, chance: Chance): Outcome {
  const all = harness.executions();
  const target = chance.oneIn(5)
    ? chance.pick(all)
    : chance.pickFitting(all, (one) => rollbackStages(harness, one).length > 0);
  if (!target) return 'idle';
  const stageName =
    (chance.oneIn(8) ? undefined : chance.pick(rollbackStages(harness, target))) ??
    chance.pick(harness.declaration().stages)?.name ??
    '';
  const count = all.length;
  const decision = harness.rollBack(stageName, target.id);
  if ('refuse' in decision) {
    must(all.length === count, 'a rejected rollback starts nothing', decision);
    return 'refused';
  }
  const { targetExecutionId, stageName: where } = harness.execution(decision.answer).rollback ?? {};
  must(targetExecutionId === target.id && where === stageName, 'a rollback has the requested target', decision);
  return outcomeOf(decision);
}

/** Mostly overrides a failed condition; any other override changes nothing. */
function override(harness: Harness, chance: Chance): Outcome {
  const isOverridable = ({ status, conditions }: ExecutionSnapshot) =>
    status === 'Failed' && conditions.at(-1)?.status === 'Failed';
  const isLikely = !chance.oneIn(5);
  const execution = chance.pickFitting(
    harness.executions(),
    isLikely ? isOverridable : ({ conditions: [one] }) => one !== undefined,
  );
  const check = execution?.conditions.at(-1);
  if (!execution || !check || check.kind === 'onFailure') return 'idle';
  const outcome = outcomeOf(harness.override(execution.id, check.stageName, check.kind));
  const now = harness.execution(execution.id);
  if (outcome === 'refused') {
    must(now === execution, 'a rejected override changes nothing', check);
    return outcome;
  }
  const isOverridden = now.conditions.find(({ id }) => id === check.id)?.status === 'Overridden';
  must(check.status === 'Failed' && isOverridden, 'what is overridden has failed', check);
  return outcome;
}

function update(harness: Harness, chance: Chance): Outcome {
  harness.update(generatePipeline(chance));
  return 'taken';
}
