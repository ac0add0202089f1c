import { ServiceError } from '../contract/errors.ts';
import type { Database, Statements } from './database.ts';
import { type LockedJob, lockJobs, mostJobsAtOnce } from './jobs/job-locks.ts';

/** Groups that run at a time: one computes while the other waits for the disk. */
const lanes = 2;

/** The most members of a group, so that its first members don't wait long. */
const mostMembers = mostJobsAtOnce;

/** Work that shares its transaction with others. It may run more than once, and must not refuse after it has written. */
interface GroupWork<T> {
  /** The job whose pipeline has to be locked first. */
  jobId?: string;
  /** `job` has that pipeline; undefined if the work runs alone and has to lock it itself. */
  run(sql: Statements, job?: LockedJob): Promise<T>;
}

/** Commits writes that wait at the same time together. */
export interface GroupCommit {
  add<T>(work: GroupWork<T>): Promise<T>;
}

interface Member {
  work: GroupWork<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Group commit for a database that is reached through a connection: the statements of all members are sent together and
 * share a commit. Pipelines are locked first, in a fixed order, so that groups of any nodes can't deadlock. Members of
 * one pipeline take turns; the others run concurrently. If a member fails with anything but an error response, the group
 * is rolled back and each member runs in its own transaction.
 */
export function createGroupCommit(database: Database): GroupCommit {
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
    add<T>(work: GroupWork<T>) {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as Member['resolve'], reject });
        if (running === lanes) return;
        running += 1;
        // Requests that arrive together share a group.
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

/** Runs the members that can share the transaction; jobs of PARALLEL executions need other locks and run `alone`. */
async function runMembers(sql: Statements, group: Member[], alone: Member[]): Promise<(() => void)[]> {
  const jobIds = group.flatMap(({ work }) => work.jobId ?? []);
  const lockedJobs = jobIds.length > 0 ? await lockJobs(sql, jobIds) : new Map<string, LockedJob>();
  const turns = new Map<string, Promise<unknown>>();
  return Promise.all(
    group.map((member) => {
      const { jobId } = member.work;
      const job = jobId === undefined ? undefined : lockedJobs.get(jobId);
      if (!job) {
        if (jobId === undefined) return runMember(sql, member);
        alone.push(member);
        return () => {};
      }
      const previous = turns.get(job.pipeline.id) ?? Promise.resolve();
      const turn = previous.then(() => runMember(sql, member, job));
      turns.set(job.pipeline.id, turn);
      return turn;
    }),
  );
}

/** Runs a member; returns a function that settles it after the commit. */
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
