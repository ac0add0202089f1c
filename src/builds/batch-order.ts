import type { Batch, BatchTask } from '../buildspec/buildspec.ts';

/** How a build of a batch ended, or why it did not run. */
type TaskStatus = 'SUCCEEDED' | 'FAILED' | 'SKIPPED';

/** A build of a batch that ended. */
export interface EndedTask {
  identifier: string;
  status: TaskStatus;
}

/**
 * Runs the builds of a batch one after the other, each after those it depends on. A build whose dependency failed is skipped; so
 * are all that are left if the batch stops at its first failure.
 */
export async function runInOrder(
  { stopsAtFirstFailure, tasks }: Batch,
  runTask: (task: BatchTask) => Promise<boolean>,
): Promise<EndedTask[]> {
  const ended = new Map<string, EndedTask>();
  let isStopped = false;
  for (const task of inOrder(tasks)) {
    const { identifier, dependsOn, ignoresFailure } = task;
    const canRun = !isStopped && dependsOn.every((name) => ended.get(name)?.status === 'SUCCEEDED');
    const status = canRun ? ((await runTask(task)) ? 'SUCCEEDED' : 'FAILED') : 'SKIPPED';
    // An ignored failure blocks nothing.
    const counted = status === 'FAILED' && ignoresFailure ? 'SUCCEEDED' : status;
    ended.set(identifier, { identifier, status: counted });
    if (counted === 'FAILED' && stopsAtFirstFailure) isStopped = true;
  }
  return tasks.flatMap(({ identifier }) => ended.get(identifier) ?? []);
}

/** Returns builds in an order in which each comes after those it depends on; the reader has refused circles. */
function inOrder(tasks: readonly BatchTask[]): BatchTask[] {
  const byName = new Map(tasks.map((task) => [task.identifier, task]));
  const ordered = new Set<BatchTask>();
  const add = (task: BatchTask): void => {
    for (const name of task.dependsOn) {
      const before = byName.get(name);
      if (before && !ordered.has(before)) add(before);
    }
    ordered.add(task);
  };
  for (const task of tasks) add(task);
  return [...ordered];
}
