import { ServiceError } from '../contract/errors.ts';
import type { Database, Statements } from './database.ts';
import { type LockedJob, lockJobs, mostJobsAtOnce } from './jobs/job-locks.ts';

/** Transactions of this kind under way at a time: one computes while the other waits for the disk. */
const lanes = 2;

/** Members of one transaction at most, so that nobody waits long for a full one. */
const mostMembers = mostJobsAtOnce;

/** Work that shares its transaction with others: what it refuses it refuses before it writes, and it may run again. */
interface SharedWork<T> {
  /** The job whose pipeline has to be locked before. */
  jobId?: string;
  /** `locked` is that pipeline; undefined when the work runs alone and has to lock by itself. */
  run(sql: Statements, locked?: LockedJob): Promise<T>;
}

/** Writes that wait together and are committed together. */
export interface SharedWrites {
  add<T>(work: SharedWork<T>): Promise<T>;
}

interface Member {
  work: SharedWork<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Group commit for a database that is reached through a connection: the statements of all members travel together, and one
 * commit serves them all. Pipelines are locked first, all in one order, so that two groups, of whichever nodes, never
 * wait for each other in a circle. Members of one pipeline take turns; all others go on beside each other. When anything
 * but a refusal happens to one, nothing of the group is kept and each member runs in a transaction of its own.
 */
export function createSharedWrites(database: Database): SharedWrites {
  let waiting: Member[] = [];
  let running = 0;
  const runLane = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, mostMembers);
      waiting = waiting.slice(mostMembers);
      await (group.length === 1 ? runAlone(database, group) : runGroup(database, group));
    }
    running -= 1;
  };
  return {
    add<T>(work: SharedWork<T>) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as Member['resolve'], reject });
        if (running === lanes) return;
        running += 1;
        // Requests that came in together get into one group.
        setImmediate(runLane);
      });
    },
  };
}

async function runGroup(database: Database, group: Member[]): Promise<void> {
  let outcomes: (() => void)[];
  const alone: Member[] = [];
  try {
    outcomes = await database.write((sql) => {
      alone.length = 0;
      return runMembers(sql, group, alone);
    });
  } catch (error) {
    if (isUnavailable(error)) for (const { reject } of group) reject(error);
    else await runAlone(database, group);
    return;
  }
  for (const settle of outcomes) settle();
  await runAlone(database, alone);
}

/** Runs what can share the transaction and puts aside what cannot: jobs of PARALLEL executions lock in another way. */
async function runMembers(sql: Statements, group: Member[], alone: Member[]): Promise<(() => void)[]> {
  const jobIds = group.flatMap(({ work }) => work.jobId ?? []);
  const locked = jobIds.length > 0 ? await lockJobs(sql, jobIds) : new Map<string, LockedJob>();
  const turns = new Map<string, Promise<unknown>>();
  return Promise.all(
    group.map((member) => {
      const { jobId } = member.work;
      const job = jobId === undefined ? undefined : locked.get(jobId);
      if (!job) {
        if (jobId === undefined) return runMember(sql, member);
        alone.push(member);
        return () => {};
      }
      const before = turns.get(job.pipeline.id) ?? Promise.resolve();
      const turn = before.then(() => runMember(sql, member, job));
      turns.set(job.pipeline.id, turn);
      return turn;
    }),
  );
}

/** How to settle the member once the transaction is committed. */
async function runMember(sql: Statements, { work, resolve, reject }: Member, job?: LockedJob): Promise<() => void> {
  try {
    const value = await work.run(sql, job);
    return () => resolve(value);
  } catch (error) {
    if (!(error instanceof ServiceError) || isUnavailable(error)) throw error;
    return () => reject(error);
  }
}

async function runAlone(database: Database, members: Member[]): Promise<void> {
  await Promise.all(
    members.map(({ work, resolve, reject }) => database.write((sql) => work.run(sql)).then(resolve, reject)),
  );
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'ServiceUnavailable';
}
