import { randomInt, randomUUID } from 'node:crypto';
import { ServiceError } from '../../contract/errors.ts';
import type { Moment } from '../../model/decision.ts';
import type { Origin } from '../../model/job-event.ts';
import { keyName } from '../../model/queue-key.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import { createSnapshotTypeCache } from '../action-types/action-type-cache.ts';
import { type Database, NothingWritten, type Statements } from '../database.ts';
import type { GroupCommit, LockRequest } from '../group-commit.ts';
import { createHandOff, type HandOff } from '../jobs/hand-off.ts';
import type { HeldPolls } from '../jobs/held-polls.ts';
import type { JobFactsCache, QueuedJobs } from '../jobs/job-record.ts';
import type { Notifications } from '../notifications.ts';
import { createDeclarationCache } from '../pipelines/declarations.ts';
import type { Fact, Outcome, TransactionContext } from './advance.ts';
import { createKeptStates } from './kept-states.ts';
import type { Locked } from './lock-target.ts';

interface Dependencies {
  database: Database;
  groupCommit: GroupCommit;
  now: () => number;
  limits: ExecutionLimits;
  notifications: Notifications;
  queuedJobs: QueuedJobs;
  facts: JobFactsCache;
  heldPolls: HeldPolls;
  /** Notified of each commit with changes. */
  events: { committed(): void };
}

/** Decides and writes inside a transaction. `locked` is what the options ask for, if the group has locked it. */
type Transaction<Answer> = (sql: Statements, context: TransactionContext, locked?: Locked) => Promise<Outcome<Answer>>;

interface Options {
  /** What the transaction decides about: such transactions share a commit with others. */
  locks?: LockRequest;
  origin?: Origin;
  /** The transaction may write versions and then fail, so what it reads isn't cached for others. */
  writesVersions?: boolean;
}

/** Runs a transaction that decides; after the commit, notifies waiting polls and listeners, and returns the answer. */
export type DecideAndWake = <Answer>(transaction: Transaction<Answer>, options?: Options) => Promise<Answer>;

/** The number of action types that decisions share, and of those that a transaction with its own cache keeps. */
const sharedTypes = 2000;
const typesOfTransaction = 100;

/** Creates the one path of all decisions: transaction, decision, writes, commit, then wake-ups. */
export function createDecideAndWake(
  { database, groupCommit, now, limits, notifications, queuedJobs, facts, heldPolls, events }: Dependencies,
  listeners: ((fact: Fact) => void)[],
): DecideAndWake {
  const shared = { ...createCaches(sharedTypes), kept: createKeptStates() };
  return async (transaction, { locks, origin, writesVersions } = {}) => {
    const at = now();
    let handOff: HandOff | undefined;
    const run = async (sql: Statements, locked?: Locked) => {
      // An earlier run was rolled back.
      handOff?.cancel();
      handOff = createHandOff(heldPolls);
      const caches = writesVersions ? createCaches(typesOfTransaction) : shared;
      const outcome = await transaction(sql, { moment: createMoment(at), limits, origin, handOff, ...caches }, locked);
      // Only the revision was written, with the lock.
      if (outcome.facts.length === 0 && !writesVersions) throw new NothingWritten(outcome);
      return outcome;
    };
    try {
      const outcome = await (locks ? groupCommit.add({ locks, run }) : database.write((sql) => run(sql))).catch(
        (error: unknown) => {
          if (error instanceof NothingWritten) return error.value as Awaited<ReturnType<typeof transaction>>;
          throw error;
        },
      );
      const { delivered = [], announced = [] } = (await handOff?.settle(outcome.facts)) ?? {};
      for (const record of delivered) facts.add(record);
      for (const job of announced) outcome.notifications.add(keyName(job.queue, job.queryValue));
      queuedJobs.add(outcome.facts);
      notifications.wake(outcome.notifications);
      if (outcome.facts.length > 0) events.committed();
      for (const fact of outcome.facts) for (const listen of listeners) listen(fact);
      return outcome.answer;
    } catch (error) {
      // If the outcome of the commit is unknown, what was delivered is offered again when its lease ends.
      handOff?.cancel();
      // In a group that failed as a whole, this member may have read uncommitted writes of another.
      if (!writesVersions && (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable')) {
        shared.declarations.clear();
        shared.actionTypes.clear();
      }
      throw error;
    }
  };
}

function createCaches(types: number) {
  return { declarations: createDeclarationCache(), actionTypes: createSnapshotTypeCache(types) };
}

const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function createMoment(at: number): Moment {
  return {
    at,
    newId: () => newIdAt(at),
    // Node.js draws the numbers in blocks.
    newKeySuffix: () => Array.from({ length: 7 }, () => keyAlphabet[randomInt(keyAlphabet.length)]).join(''),
  };
}

/**
 * Returns a UUID that begins with the instant (version 7), so that new rows share the pages at the end of each index. With
 * random ids each row changed pages all over it, and the embedded store wrote a third more.
 */
function newIdAt(at: number): string {
  const instant = at.toString(16).padStart(12, '0');
  return `${instant.slice(0, 8)}-${instant.slice(8, 12)}-7${randomUUID().slice(15)}`;
}
