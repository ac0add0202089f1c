import { ServiceError } from '../../src/contract/errors.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import type { Bench } from './bench.ts';

/** Returns what a caller gets: success, or the code of an error response. Anything else fails the test. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'done';
  } catch (error) {
    if (error instanceof ServiceError && error.httpStatus < 500) return error.code;
    throw error;
  }
}

/** Returns everything visible of a pipeline, with positions instead of execution ids. */
export async function viewPipeline({ store }: Bench, { id, name, account, region }: Pipeline) {
  const found = await store.pipelines.find({ account, region }, name);
  const executions = (await store.executions.list(id, { limit: 99 })).reverse();
  const places = new Map(executions.map((execution, index) => [execution.id, index]));
  const placeOf = (executionId: string | undefined) => executionId && places.get(executionId);
  const actions = (await store.executions.listActions(id, { limit: 99 })).reverse();
  const lists = await Promise.all(
    executions.map((execution) =>
      store.jobHistory.list({ account, region }, { executionId: execution.id, isOpen: true, after: 0, limit: 99 }),
    ),
  );
  const occupancy = await store.executions.occupancy(id, ['Source', 'Build']);
  const isOpen = ({ status }: { status: string }) => ['InProgress', 'Stopping'].includes(status);
  // A deleted pipeline has no execution in progress.
  if (!found && executions.some(isOpen)) throw new Error('an execution of a deleted pipeline is in progress');
  return {
    version: found?.version,
    executions: executions.map(({ status, pipelineVersion, waitingStage, trigger, rollback }) => ({
      status,
      pipelineVersion,
      waitingStage,
      trigger,
      rollback: placeOf(rollback?.targetExecutionId),
    })),
    actions: actions.map(({ actionName, status, executionId }) => `${placeOf(executionId)} ${actionName} ${status}`),
    jobs: lists.map(({ jobs }) => jobs.map(({ actionName, status }) => `${actionName} ${status}`)),
    occupancy: occupancy.map(({ stageName, holder, waiting }) => ({
      stageName,
      holder: placeOf(holder),
      waiting: waiting.map(placeOf),
    })),
  };
}
