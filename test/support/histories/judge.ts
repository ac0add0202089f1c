import { advance } from '../../../src/engine/tick/tick.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isRunning } from '../../../src/model/status.ts';
import { type Harness, kindsOf, waitingApprovals } from '../engine/harness.ts';
import { assertSameOccupancy } from '../engine/harness-rows.ts';
import type { Observer } from '../engine/memory-pipeline.ts';
import { checkChange } from './change-rules.ts';
import { isOutdated } from './end-rules.ts';
import { createLedger } from './ledger.ts';
import { checkActionCount, checkRunning, createQueueWatch } from './mode-rules.ts';
import { must } from './must.ts';
import { checkExecution, checkStages } from './place-rules.ts';
import { createRollbackWatch } from './rollback-rules.ts';

/** The limits of these histories, small enough to be reached. */
export const limits = { runningExecutions: 8, parallelActions: 2 };

/** Watches one harness and throws at the first violated rule. */
export interface Judge {
  /** Must be called for every change. */
  observe: Observer;
  /** Checks, after a step, what it touched, every stage, and every execution that may be stuck. */
  judgeStep(): void;
  /** Checks everything from the rows, without indexes and earlier results. */
  judgeAll(): void;
}

/**
 * The harness is passed as a function, since it is created with the judge's observer. With `isFreezing`
 * a decision that modifies its input throws; frozen objects are slow, so not every history does this.
 */
export function createJudge(harnessOf: () => Harness, { isFreezing }: { isFreezing: boolean }): Judge {
  const ledger = createLedger();
  const queues = createQueueWatch();
  const rollbacks = createRollbackWatch();
  let judgedVersion = 0;
  const judge = (execution: ExecutionSnapshot): void => {
    checkExecution(execution);
    ledger.compare(execution);
  };
  return {
    observe(change: Change, before, after) {
      const harness = harnessOf();
      checkChange(harness, change, before, after);
      queues.record(change, after, harness.executions());
      rollbacks.record(harness, change, after);
      checkRunning(change, before, after, harness.executions(), limits);
      checkActionCount(after, limits);
      ledger.enter(change, after.id);
      if (isFreezing) freeze(after);
    },
    judgeStep() {
      const harness = harnessOf();
      if (isFreezing) freeze(harness.snapshot());
      const touched = harness.takeTouched().map((id) => harness.execution(id));
      for (const execution of touched) judge(execution);
      checkStages(harness);
      rollbacks.check();
      // The next change of an execution depends on its own row, the stage it waits for and the latest version.
      const { version } = harness.declaration();
      const isUpdated = version !== judgedVersion;
      judgedVersion = version;
      for (const execution of harness.placed()) {
        const isAffected = isUpdated || execution.waitingStage !== undefined || touched.includes(execution);
        if (isAffected) checkNothingLeft(harness, execution);
      }
    },
    judgeAll() {
      const harness = harnessOf();
      const executions = harness.executions();
      for (const execution of executions) {
        judge(execution);
        checkNothingLeft(harness, execution);
      }
      checkStages(harness);
      assertSameOccupancy(harness.recount(), harness.snapshot());
      must(
        executions.filter(({ status }) => isRunning(status)).length === harness.placed().length,
        'a running execution has a position',
        executions,
      );
    },
  };
}

/** Processing any open execution again must change nothing. */
function checkNothingLeft(harness: Harness, execution: ExecutionSnapshot): void {
  if (!isRunning(execution.status)) return;
  const isChecking = execution.conditions.some(({ status }) => status === 'InProgress');
  const isAsking = isChecking || waitingApprovals(execution).length > 0;
  must(!isAsking || !isOutdated(harness, execution), 'no outdated execution requests work', execution);
  const left = kindsOf(advance(harness.snapshot({ executionId: execution.id }), harness.clock.moment()));
  must(left.length === 0, 'nothing is left to do', { left, execution });
}

/** Freezes a value deeply; a frozen value is assumed to be deeply frozen. */
function freeze(value: unknown): void {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
