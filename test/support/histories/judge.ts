import { advance } from '../../../src/engine/tick/tick.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isRunning } from '../../../src/model/status.ts';
import { kindsOf, type World, waitingApprovals } from '../engine/harness.ts';
import { assertSameOccupancy } from '../engine/harness-rows.ts';
import type { Observer } from '../engine/memory-pipeline.ts';
import { checkChange } from './change-rules.ts';
import { isOutdated } from './end-rules.ts';
import { freeze } from './freeze.ts';
import { createLedger } from './ledger.ts';
import { checkActionCount, checkRunning, createQueueWatch } from './mode-rules.ts';
import { must } from './must.ts';
import { checkExecution, checkStages } from './place-rules.ts';
import { createRollbackWatch } from './rollback-rules.ts';

/** The limits of these histories: small ones, so that they are met. */
export const limits = { runningExecutions: 8, parallelActions: 2 };

/** Watches one world and throws at the first broken rule. */
export interface Judge {
  /** To be told of every change. */
  observe: Observer;
  /** After a step: what the step touched, every stage, and everybody who may have been left waiting. */
  judgeStep(): void;
  /** Everything from the rows alone, trusting no index and no earlier look. */
  judgeAll(): void;
}

/**
 * The world is asked for when something is to be judged, since it is made with the judge's observer. With `isFreezing`
 * a decision that writes into what it was shown throws; frozen objects are slow, so not every history is told so.
 */
export function createJudge(worldOf: () => World, { isFreezing }: { isFreezing: boolean }): Judge {
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
      const world = worldOf();
      checkChange(world, change, before, after);
      queues.tell(change, after, world.executions());
      rollbacks.tell(world, change, after);
      checkRunning(change, before, after, world.executions(), limits);
      checkActionCount(after, limits);
      ledger.enter(change, after.id);
      if (isFreezing) freeze(after);
    },
    judgeStep() {
      const world = worldOf();
      if (isFreezing) freeze(world.snapshot());
      const touched = world.takeTouched().map((id) => world.execution(id));
      for (const execution of touched) judge(execution);
      checkStages(world);
      rollbacks.check();
      // What follows for an execution depends on its own row, on the stage it waits for and on the newest version.
      const { version } = world.declaration();
      const isUpdated = version !== judgedVersion;
      judgedVersion = version;
      for (const execution of world.placed()) {
        const isAffected = isUpdated || execution.waitingStage !== undefined || touched.includes(execution);
        if (isAffected) checkNothingLeft(world, execution);
      }
    },
    judgeAll() {
      const world = worldOf();
      const executions = world.executions();
      for (const execution of executions) {
        judge(execution);
        checkNothingLeft(world, execution);
      }
      checkStages(world);
      assertSameOccupancy(world.recount(), world.snapshot());
      must(
        executions.filter(({ status }) => isRunning(status)).length === world.placed().length,
        'who runs is in some place',
        executions,
      );
    },
  };
}

/** Looking again at any execution that has not ended finds nothing left undone. */
function checkNothingLeft(world: World, execution: ExecutionSnapshot): void {
  if (!isRunning(execution.status)) return;
  const isChecking = execution.conditions.some(({ status }) => status === 'InProgress');
  const isAsking = isChecking || waitingApprovals(execution).length > 0;
  must(!isAsking || !isOutdated(world, execution), 'nobody is asked for what is outdated', execution);
  const left = kindsOf(advance(world.snapshot({ executionId: execution.id }), world.clock.moment()));
  must(left.length === 0, 'nothing is left undone', { left, execution });
}
