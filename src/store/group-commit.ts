import { ServiceError } from '../contract/errors.ts';
import { type Database, NothingWritten, type Statements } from './database.ts';
import { gatherEvents } from './events/insert-events.ts';
import type { Locked } from './executions/lock-target.ts';
import { readLockedJobs } from './jobs/job-locks.ts';
import { type LockedPipeline, lockPipelines, mostLocksAtOnce, type PipelineName } from './pipelines/pipeline-locks.ts';

/** Groups that run at a time: one computes while the other waits for the disk. */
const lanes = 2;

/** The most members of a group, so that its first members don't wait long. */
const mostMembers = mostLocksAtOnce;

/** Work that shares its transaction with others. It may run more than once, and must not refuse after it has written. */
interface GroupWork<T> {
  /** The pipeline that has to be locked first. */
  locks?: LockRequest;
  /** Its statements are sent before those of other members. */
  goesFirst?: true;
  /** `locked` is undefined if the work runs alone and has to lock the pipeline itself. */
  run(sql: Statements, locked?: Locked): Promise<T>;
}

/** A pipeline, by its name or by one of its jobs. */
export type LockRequest = PipelineName | { jobId: string };

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
    outcomes = await database.write(async (sql) => {
      alone.length = 0;
      const sendEvents = gatherEvents(sql);
      const settled = await runMembers(sql, group, alone);
      sendEvents();
      return settled;
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
  const lockedBy = await lockAll(
    sql,
    group.flatMap(({ work }) => work.locks ?? []),
  );
  const turns = new Map<string, Promise<unknown>>();
  const goesFirst = ({ work }: Member) => (work.goesFirst ? 0 : 1);
  return Promise.all(
    group
      .toSorted((left, right) => goesFirst(left) - goesFirst(right))
      .map((member) => {
        const { locks } = member.work;
        if (!locks) return runMember(sql, member);
        const locked = lockedBy(locks);
        if (!locked) {
          alone.push(member);
          return () => {};
        }
        const { id } = locked.pipeline.pipeline;
        const previous = turns.get(id) ?? Promise.resolve();
        const turn = previous.then(() => runMember(sql, member, locked));
        turns.set(id, turn);
        return turn;
      }),
  );
}

/** Locks pipelines; returns how to find what is locked for a member. */
async function lockAll(
  sql: Statements,
  requests: LockRequest[],
): Promise<(request: LockRequest) => Locked | undefined> {
  if (requests.length === 0) return () => undefined;
  const jobIds = requests.flatMap((request) => ('jobId' in request ? [request.jobId] : []));
  const names = requests.flatMap((request) => ('jobId' in request ? [] : [request]));
  const [pipelines, jobs] = await Promise.all([
    lockPipelines(sql, { jobIds, names }),
    jobIds.length > 0 ? readLockedJobs(sql, jobIds) : [],
  ]);
  const byId = new Map(pipelines.map((locked) => [locked.pipeline.id, locked]));
  const byName = new Map(
    pipelines.flatMap((locked) =>
      isDeleted(locked) ? [] : [[keyOf({ scope: locked.pipeline, name: locked.pipeline.name }), locked] as const],
    ),
  );
  const byJob = new Map(jobs.map((job) => [job.id, job]));
  return (request) => {
    const job = 'jobId' in request ? byJob.get(request.jobId) : undefined;
    const pipeline = 'jobId' in request ? byId.get(job?.pipelineId ?? '') : byName.get(keyOf(request));
    return pipeline && { pipeline, job };
  };
}

function isDeleted({ pipeline }: LockedPipeline): boolean {
  return pipeline.deletedAt !== undefined;
}

function keyOf({ scope, name }: PipelineName): string {
  return JSON.stringify([scope.account, scope.region, name]);
}

/** Runs a member; returns a function that settles it after the commit. */
async function runMember(sql: Statements, { work, resolve, reject }: Member, locked?: Locked): Promise<() => void> {
  try {
    const value = await work.run(sql, locked);
    return () => resolve(value);
  } catch (error) {
    const isAnswer = error instanceof ServiceError || error instanceof NothingWritten;
    if (!isAnswer || isUnavailable(error)) throw error;
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
