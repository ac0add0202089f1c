import type { Change } from '../../../src/model/change.ts';
import type { Execution } from '../../../src/model/execution.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isInside, isOpenJob } from '../../../src/model/status.ts';
import { must } from './must.ts';

interface Recorded {
  status: string;
  isRetried: boolean;
}

/** An execution as derived from its changes. */
interface Account {
  status: Execution['status'];
  waitingStage?: string;
  insideOf?: string;
  /** By stage, action, condition and job. */
  stages: Map<string, string>;
  actions: Map<string, Recorded>;
  conditions: Map<string, Recorded>;
  openJobs: Set<string>;
}

/**
 * The history of a pipeline, derived from the changes without the engine's `apply`: the
 * rows must agree with it.
 */
export interface Ledger {
  enter(change: Change, executionId: string): void;
  /** Throws if the row differs from its history. */
  compare(execution: ExecutionSnapshot): void;
}

export function createLedger(): Ledger {
  const accounts = new Map<string, Account>();
  /** Checks ids and positions of all attempts and jobs of the pipeline. */
  const taken = new Set<string>();
  const take = (name: string): void => {
    must(!taken.has(name), 'every attempt, check and job has a unique id and position', name);
    taken.add(name);
  };
  return {
    enter(change, id) {
      if (change.kind === 'jobQueued') take(change.job.id);
      if (change.kind === 'conditionStarted') take(change.condition.id);
      if (change.kind === 'actionStarted') {
        take(change.action.id);
        for (const { objectKey } of change.action.start.outputArtifacts) take(objectKey);
      }
      const known = accounts.get(id) ?? openAccount();
      accounts.set(id, known);
      enterChange(known, change);
    },
    compare(execution) {
      const account = accounts.get(execution.id);
      must(account !== undefined, 'every execution has a history', execution);
      compareWith(account, execution);
    },
  };
}

function openAccount(): Account {
  return { status: 'InProgress', stages: new Map(), actions: new Map(), conditions: new Map(), openJobs: new Set() };
}

function enterChange(account: Account, change: Change): void {
  switch (change.kind) {
    case 'executionWaiting':
      account.waitingStage = change.stageName;
      return;
    case 'executionSuperseded':
      account.status = 'Superseded';
      account.waitingStage = undefined;
      return;
    case 'executionEnded':
      account.status = change.status;
      account.waitingStage = undefined;
      return;
    case 'executionStopping':
      account.status = 'Stopping';
      if (account.insideOf !== undefined) account.stages.set(account.insideOf, 'Stopping');
      return;
    case 'stageEntered':
      account.waitingStage = undefined;
      account.insideOf = change.stageName;
      account.stages.set(change.stageName, 'InProgress');
      return;
    case 'stageRetried':
      account.status = 'InProgress';
      account.insideOf = change.stageName;
      account.stages.set(change.stageName, 'InProgress');
      for (const id of change.actionIds) takeOut(account.actions, id);
      for (const id of change.conditionIds) takeOut(account.conditions, id);
      return;
    case 'conditionStarted':
      account.conditions.set(change.condition.id, { status: 'InProgress', isRetried: false });
      return;
    case 'conditionEnded':
      account.conditions.set(change.conditionId, { status: change.status, isRetried: false });
      return;
    case 'conditionOverridden':
      account.status = 'InProgress';
      account.insideOf = change.stageName;
      account.stages.set(change.stageName, 'InProgress');
      account.conditions.set(change.conditionId, { status: 'Overridden', isRetried: false });
      return;
    case 'stageEnded':
      account.insideOf = undefined;
      account.stages.set(change.stageName, change.status);
      return;
    case 'actionStarted':
    case 'actionProgressed':
      account.actions.set(change.action.id, { status: 'InProgress', isRetried: false });
      return;
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      account.actions.set(change.action.id, { status: change.kind.slice('action'.length), isRetried: false });
      return;
    case 'jobQueued':
      account.openJobs.add(change.job.id);
      return;
    case 'jobEnded':
      account.openJobs.delete(change.jobId);
      return;
  }
}

function takeOut(recorded: Map<string, Recorded>, id: string): void {
  recorded.set(id, { status: recorded.get(id)?.status ?? '', isRetried: true });
}

function isAsRecorded(
  recorded: Map<string, Recorded>,
  rows: { id: string; status: string; isRetried?: true }[],
): boolean {
  if (recorded.size !== rows.length) return false;
  return rows.every(({ id, status, isRetried = false }) => {
    const known = recorded.get(id);
    return known?.status === status && known.isRetried === isRetried;
  });
}

function compareWith(account: Account, execution: ExecutionSnapshot): void {
  const { status, waitingStage, stages, actions, conditions, jobs } = execution;
  const held = stages.find((stage) => isInside(stage.status))?.stageName;
  const isSame =
    account.status === status &&
    account.waitingStage === waitingStage &&
    account.insideOf === held &&
    account.stages.size === stages.length &&
    stages.every((stage) => account.stages.get(stage.stageName) === stage.status) &&
    isAsRecorded(account.actions, actions) &&
    isAsRecorded(account.conditions, conditions) &&
    jobs.every((job) => account.openJobs.has(job.id) === isOpenJob(job.status));
  must(isSame, 'the rows agree with the history', {
    execution,
    history: {
      ...account,
      stages: [...account.stages],
      actions: [...account.actions],
      conditions: [...account.conditions],
      openJobs: [...account.openJobs],
    },
  });
}
