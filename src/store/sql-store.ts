import { randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from '../contract/errors.ts';
import type { Moment } from '../model/decision.ts';
import type { ExecutionLimits } from '../model/quotas.ts';
import { createAccessKeyStore } from './access-keys.ts';
import { createKnownTypes, type KnownTypes } from './action-types/known-types.ts';
import { registeredTypeRows } from './action-types/registered-types.ts';
import { replaceRuleTypes } from './action-types/rule-types.ts';
import { thirdPartyClientRows } from './action-types/third-party-clients.ts';
import { type Database, type Statements, StorageFullError } from './database.ts';
import { advance, advanceLocked, type Given, type Outcome, touchedByJob } from './executions/advance.ts';
import { nextApprovalDeadline, overdueApprovals } from './executions/approvals.ts';
import type { SharedWrites } from './group-commit.ts';
import { insertJobEvent, listJobEvents } from './jobs/job-events.ts';
import { createJobOwners } from './jobs/job-facts.ts';
import { type JobHistoryRows, type JobLogRows, logWake } from './jobs/job-history.ts';
import { findChain, listJobs } from './jobs/job-list.ts';
import { appendJobLog, readJobLog } from './jobs/job-logs.ts';
import {
  acknowledgeJob,
  claimJobs,
  deliverJob,
  findJob,
  isOpenJob,
  nextDeadline,
  nextOffer,
  overdueJobs,
  renewLease,
  waitingByQuery,
  waitingJobs,
} from './jobs/jobs.ts';
import type { Wakes } from './notifications.ts';
import { createObjectIndex } from './objects/object-rows.ts';
import { createDeclarations, type Declarations } from './pipelines/declarations.ts';
import { deletePipeline } from './pipelines/delete-pipeline.ts';
import {
  addPipelineVersion,
  countPipelines,
  findDeclaration,
  findPipeline,
  insertPipeline,
  listAllPipelines,
  listPipelines,
  summarizePipelines,
} from './pipelines/pipelines.ts';
import { putWatches, sourceWatchRows } from './pipelines/source-watches.ts';
import type { JobRows, PipelineRows, Store } from './store.ts';
import { actionTypeRows, executionRows, retentionRows, tagRows, webhookRows } from './store-rows.ts';

interface StoreParts {
  now: () => number;
  limits: ExecutionLimits;
  wakes: Wakes;
  /** Where the database does not commit in groups by itself. */
  shared?: SharedWrites;
}

function ownWrites(database: Database): SharedWrites {
  return { add: ({ run }) => database.write((sql) => run(sql)) };
}

/** The number of action types that decisions share, and of those that a transaction with a cache of its own keeps. */
const cachedTypes = 2000;
const typesOfTransaction = 100;

/** The store over any driver: the SQL is the same, `database` rewrites what its dialect says differently. */
export function createSqlStore(
  database: Database,
  { now, limits, wakes, shared = ownWrites(database) }: StoreParts,
): Store {
  const kept = createDeclarations();
  const types = createKnownTypes(cachedTypes);
  const listeners: Parameters<Store['onCommitted']>[0][] = [];
  const announce: Announce = ({ queues, facts }) => {
    wakes.wake(queues);
    for (const fact of facts) for (const listen of listeners) listen(fact);
  };
  // A transaction that may write versions keeps to itself what it reads: it may yet fail.
  const give = (
    at = now(),
    {
      origin,
      declarations = createDeclarations(),
      types = createKnownTypes(typesOfTransaction),
    }: { origin?: Given['origin']; declarations?: Declarations; types?: KnownTypes } = {},
  ): Given => ({ moment: createMoment(at), limits, declarations, types, origin });
  return {
    async advance(key, decide, origin) {
      const given = give(now(), { declarations: kept, types, origin });
      const outcome = await forgetting([kept, types], () => {
        if (key.kind !== 'job') return database.write((sql) => advance(sql, key, decide, given));
        const { jobId } = key;
        return shared.add({
          jobId,
          run: (sql, job) =>
            job ? advanceLocked(sql, touchedByJob(jobId, job), decide, given) : advance(sql, key, decide, given),
        });
      });
      announce(outcome);
      if (key.kind === 'job') wakes.wake([logWake(key.jobId)]);
      return outcome.answer;
    },
    pipelines: pipelineRows(database, now, give, announce),
    executions: executionRows(database),
    actionTypes: actionTypeRows(database),
    ruleTypes: { replace: (types) => database.write((sql) => replaceRuleTypes(sql, types)) },
    registeredTypes: registeredTypeRows(database),
    thirdPartyClients: thirdPartyClientRows(database),
    jobs: jobRows(database, shared, now),
    jobHistory: jobHistoryRows(database, now),
    jobLogs: jobLogRows(database, wakes),
    approvals: {
      overdue: (at, limit) => database.read((sql) => overdueApprovals(sql, at, limit)),
      nextDeadline: () => database.read(nextApprovalDeadline),
    },
    webhooks: webhookRows(database),
    sourceWatches: sourceWatchRows(database),
    tags: tagRows(database),
    objects: createObjectIndex(database),
    accessKeys: createAccessKeyStore(database),
    retention: retentionRows(database),
    findSetting: (name) => database.read((sql) => findSetting(sql, name)),
    keepSetting: (name, value) =>
      database.write(async (sql) => {
        await sql.run('insert into settings (name, value) values (?, ?) on conflict do nothing', name, value);
        return (await findSetting(sql, name)) ?? value;
      }),
    check: () => database.check(),
    condemn: (reason) => database.condemn(reason),
    holdReserve: () => database.holdReserve(),
    wakes,
    onCommitted: (listen) => void listeners.push(listen),
    close: () => database.close(),
  };
}

async function findSetting(sql: Statements, name: string): Promise<string | undefined> {
  const row = await sql.get<{ value: string }>('select value from settings where name = ?', name);
  return row?.value;
}

/**
 * Drops the declarations and types when the work fails, unless it was refused: in a group that fails as a whole something
 * may have been read that another member wrote and nobody will commit.
 */
async function forgetting<T>(memories: { forget(): void }[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') {
      for (const memory of memories) memory.forget();
    }
    throw error;
  }
}

/** Passes on what a transaction came to, after its commit. */
type Announce = (outcome: Pick<Outcome<unknown>, 'queues' | 'facts'>) => void;

function pipelineRows(
  database: Database,
  now: () => number,
  give: (at?: number) => Given,
  announce: Announce,
): PipelineRows {
  return {
    async create(pipeline, declaration, tags, decide) {
      const outcome = await database.write(async (sql) => {
        if (!(await insertPipeline(sql, pipeline, declaration, tags))) return undefined;
        await putWatches(sql, pipeline, declaration);
        return advanceLocked(sql, { pipeline }, decide, give());
      });
      if (outcome) announce(outcome);
      return outcome?.answer;
    },
    async update(scope, name, revise, decide) {
      const at = now();
      const outcome = await database.write(async (sql) => {
        const revised = await addPipelineVersion(sql, scope, name, revise, at);
        if (!revised?.isRevised) return revised && { kept: revised.declaration };
        await putWatches(sql, revised.pipeline, revised.declaration);
        const followed = await advanceLocked(sql, { pipeline: revised.pipeline }, decide, give(at));
        return { kept: revised.declaration, followed };
      });
      if (outcome?.followed) announce(outcome.followed);
      return outcome?.kept;
    },
    delete: (scope, name, decide) => database.write((sql) => deletePipeline(sql, scope, name, decide, give())),
    find: (scope, name) => database.read((sql) => findPipeline(sql, scope, name)),
    declaration: (id, version) => database.read((sql) => findDeclaration(sql, id, version)),
    list: (scope, page) => database.read((sql) => listPipelines(sql, scope, page)),
    listAll: (page) => database.read((sql) => listAllPipelines(sql, page)),
    summarize: (scope, page) => database.read((sql) => summarizePipelines(sql, scope, page)),
    count: (scope) => database.read((sql) => countPipelines(sql, scope)),
  };
}

function jobRows(database: Database, shared: SharedWrites, now: () => number): JobRows {
  const owners = createJobOwners(database);
  return {
    owner: (jobId) => owners.find(jobId),
    async claim(key, request) {
      const records = await shared.add({ run: (sql) => claimJobs(sql, key, request) });
      for (const record of records) owners.remember(record);
      return records;
    },
    deliver: (jobId, leaseUntil, origin) =>
      database.write((sql) => deliverJob(sql, jobId, leaseUntil, { at: now(), origin })),
    find: (jobId) => database.read((sql) => findJob(sql, jobId)),
    isOpen: (jobId) => database.read((sql) => isOpenJob(sql, jobId)),
    acknowledge: (jobId, nonce, origin) =>
      shared.add({ run: (sql) => acknowledgeJob(sql, jobId, nonce, { at: now(), origin }) }),
    renew: (jobId, nonce, leaseUntil) => database.write((sql) => renewLease(sql, jobId, nonce, leaseUntil)),
    overdue: (at, limit) => database.read((sql) => overdueJobs(sql, at, limit)),
    waiting: (at, limit) => database.read((sql) => waitingJobs(sql, at, limit)),
    waitingByQuery: (at, limit) => database.read((sql) => waitingByQuery(sql, at, limit)),
    nextOffer: (key) => database.read((sql) => nextOffer(sql, key)),
    nextDeadline: () => database.read(nextDeadline),
  };
}

function jobHistoryRows(database: Database, now: () => number): JobHistoryRows {
  return {
    list: (scope, search) => database.read((sql) => listJobs(sql, scope, search)),
    chain: (jobId) => database.read((sql) => findChain(sql, jobId)),
    events: (jobId, page) => database.read((sql) => listJobEvents(sql, jobId, page)),
    async recordCredentials(jobId, origin) {
      try {
        await database.write(async (sql) => {
          // What is too old to be kept gets no further story.
          if (!(await findJob(sql, jobId))) return;
          await insertJobEvent(sql, jobId, { kind: 'CredentialsMinted', at: now(), origin });
        });
      } catch (error) {
        // A full disk takes no event, and a worker that is about to finish needs its credentials all the same.
        if (!(error instanceof StorageFullError)) throw error;
      }
    },
  };
}

function jobLogRows(database: Database, wakes: Wakes): JobLogRows {
  return {
    async append(jobId, write) {
      const end = await database.write((sql) => appendJobLog(sql, jobId, write));
      wakes.wake([logWake(jobId)]);
      return end;
    },
    read: (jobId, offset) => database.read((sql) => readJobLog(sql, jobId, offset)),
  };
}

const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function createMoment(at: number): Moment {
  return {
    at,
    newId: () => randomUUID(),
    newKeySuffix: () => Array.from(randomBytes(7), (byte) => keyAlphabet[byte % keyAlphabet.length]).join(''),
  };
}
