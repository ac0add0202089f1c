import type { Change } from '../../../src/model/change.ts';
import type { StageExecution } from '../../../src/model/execution.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import {
  actionStatuses,
  conditionStatuses,
  executionStatuses,
  jobStatuses,
  stageStatuses,
} from '../../../src/model/status.ts';
import { must } from './must.ts';

type Table<Status extends string> = Record<Status, readonly Status[]>;

/** Statuses change only along the tables of model/status.ts, nothing disappears, and ended items never change. */
export function checkStatuses(change: Change, before: ExecutionSnapshot, after: ExecutionSnapshot): void {
  checkMove(executionStatuses, before.status, after.status, after.id);
  const isOver = before.status !== 'InProgress' && before.status !== 'Stopping';
  const isResumed = change.kind === 'stageRetried' || change.kind === 'conditionOverridden';
  if (isOver) must(isResumed, 'an ended execution changes only by a retry or an override', { change, before });
  checkMoves(stageStatuses, before.stages, after.stages, nameOfStage);
  checkMoves(actionStatuses, before.actions, after.actions, idOf, isOnlyRetried);
  checkMoves(conditionStatuses, before.conditions, after.conditions, idOf, isOnlyRetried);
  checkMoves(jobStatuses, before.jobs, after.jobs, idOf);
}

const nameOfStage = ({ stageName }: StageExecution) => stageName;
const idOf = ({ id }: { id: string }) => id;

function checkMoves<Status extends string, Item extends { status: Status }>(
  table: Table<Status>,
  before: Item[],
  after: Item[],
  nameOf: (item: Item) => string,
  mayStillBecome: (ended: Item, later: Item) => boolean = () => false,
): void {
  if (before === after) return;
  must(after.length <= before.length + 1, 'one change affects one item', after);
  before.forEach((item, index) => {
    const same = after[index];
    // Rows are replaced, never modified, so the same object is an unchanged row.
    if (same === item) return;
    must(same !== undefined && nameOf(same) === nameOf(item), 'no item disappears', item);
    checkMove(table, item.status, same.status, nameOf(item));
    if (table[item.status].length === 0)
      must(mayStillBecome(item, same), 'an ended item does not change', { item, same });
  });
}

function checkMove<Status extends string>(table: Table<Status>, from: Status, to: Status, name: string): void {
  if (from !== to) must(table[from].includes(to), 'statuses change only along their table', { name, from, to });
}

/** An ended attempt can only stop counting. */
function isOnlyRetried<Item extends { isRetried?: true }>(ended: Item, { isRetried, ...later }: Item): boolean {
  return !ended.isRetried && isRetried === true && JSON.stringify(later) === JSON.stringify(ended);
}
