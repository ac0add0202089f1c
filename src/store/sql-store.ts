import { randomBytes, randomUUID } from 'node:crypto';
import { ServiceError } from '../contract/errors.ts';
import type { Moment } from '../model/moment.ts';
import type { ExecutionLimits } from '../model/quotas.ts';
import { type Database, type Statements, StorageFullError } from './database.ts';
import { type JobHistoryRows, type JobLogRows, logWake } from './job-history.ts';
import type { RetentionRows } from './retention.ts';
import { createAccessKeyStore } from './sql/access-keys.ts';
import {
  countCustomTypes,
  deleteActionType,
  findActionType,
  findActionTypes,
  insertActionType,
  listActionTypes,
  replaceBuiltInTypes,
} from './sql/action-types.ts';
import { advance, advanceLocked, type Given } from './sql/advance.ts';
import { nextApprovalDeadline, overdueApprovals } from './sql/approvals.ts';
import { forgetRemoval, listRemovals } from './sql/artifact-removals.ts';
import { createDeclarations, type Declarations } from './sql/declarations.ts';
import { deletePipeline } from './sql/delete-pipeline.ts';
import {
  findActionExecution,
  findExecution,
  hasActionExecution,
  listActionExecutions,
  listExecutions,
  listRuleExecutions,
  readOccupancy,
} from './sql/executions.ts';
import { insertJobEvent, listJobEvents } from './sql/job-events.ts';
import { findChain, listJobs } from './sql/job-list.ts';
import { appendJobLog, readJobLog } from './sql/job-log.ts';
import {
  acknowledgeJob,
  claimJobs,
  deliverJob,
  findJob,
  nextDeadline,
  nextOffer,
  overdueJobs,
  renewLease,
  waitingByQuery,
  waitingJobs,
} from './sql/jobs.ts';
import { findNewestActions, findNewestConditions, findNewestStages } from './sql/newest.ts';
import { createObjectIndex } from './sql/object-index.ts';
import {
  addPipelineVersion,
  countPipelines,
  findDeclaration,
  findPipeline,
  insertPipeline,
  listPipelines,
} from './sql/pipelines.ts';
import { registeredTypeRows } from './sql/registered-types.ts';
import { endedExecutions, pruneExecution, prunePipelines } from './sql/retention.ts';
import { replaceRuleTypes } from './sql/rule-types.ts';
import { changeTags, findTags } from './sql/tags.ts';
import { thirdPartyClientRows } from './sql/third-party-clients.ts';
import {
  deleteWebhook,
  findWebhook,
  findWebhookById,
  listWebhooks,
  putWebhook,
  recordWebhookError,
} from './sql/webhooks.ts';
import type { ActionTypeRows, ExecutionRows, JobRows, PipelineRows, Store, TagRows, WebhookRows } from './store.ts';
import type { Wakes } from './wakes.ts';

/** The store over any driver: the SQL is the same, `database` rewrites what its dialect says differently. */
export function createSqlStore(
  database: Database,
  { now, limits, wakes }: { now: () => number; limits: ExecutionLimits; wakes: Wakes },
): Store {
  const kept = createDeclarations();
  // A transaction that may write versions keeps to itself what it reads: it may yet fail.
  const give = (at = now(), parts: { origin?: Given['origin']; declarations?: Declarations } = {}): Given => ({
    moment: createMoment(at),
    limits,
    declarations: createDeclarations(),
    ...parts,
  });
  return {
    async advance(key, decide, origin) {
      const { answer, queues } = await forgetting(kept, () =>
        database.write((sql) => advance(sql, key, decide, give(now(), { declarations: kept, origin }))),
      );
      wakes.wake(queues);
      if (key.kind === 'job') wakes.wake([logWake(key.jobId)]);
      return answer;
    },
    pipelines: pipelineRows(database, now, give, wakes),
    executions: executionRows(database),
    actionTypes: actionTypeRows(database),
    ruleTypes: { replace: (types) => database.write((sql) => replaceRuleTypes(sql, types)) },
    registeredTypes: registeredTypeRows(database),
    thirdPartyClients: thirdPartyClientRows(database),
    jobs: jobRows(database, now),
    jobHistory: jobHistoryRows(database, now),
    jobLogs: jobLogRows(database, wakes),
    approvals: {
      overdue: (at, limit) => database.read((sql) => overdueApprovals(sql, at, limit)),
      nextDeadline: () => database.read(nextApprovalDeadline),
    },
    webhooks: webhookRows(database),
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
    check: () => database.read(async (sql) => void (await sql.get('select 1 as one'))),
    wakes,
    close: () => database.close(),
  };
}

async function findSetting(sql: Statements, name: string): Promise<string | undefined> {
  const row = await sql.get<{ value: string }>('select value from settings where name = ?', name);
  return row?.value;
}

/**
 * Drops the declarations when the work fails, unless it was refused: in a group that fails as a whole a version may have
 * been read that another member wrote and nobody will commit.
 */
async function forgetting<T>(declarations: { forget(): void }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'ServiceUnavailable') declarations.forget();
    throw error;
  }
}

function pipelineRows(database: Database, now: () => number, give: (at?: number) => Given, wakes: Wakes): PipelineRows {
  return {
    async create(pipeline, declaration, tags, decide) {
      const outcome = await database.write(async (sql) => {
        if (!(await insertPipeline(sql, pipeline, declaration, tags))) return undefined;
        return advanceLocked(sql, { pipeline }, decide, give());
      });
      wakes.wake(outcome?.queues ?? []);
      return outcome?.answer;
    },
    async update(scope, name, revise, decide) {
      const at = now();
      const outcome = await database.write(async (sql) => {
        const revised = await addPipelineVersion(sql, scope, name, revise, at);
        if (!revised) return undefined;
        const { queues } = await advanceLocked(sql, { pipeline: revised.pipeline }, decide, give(at));
        return { declaration: revised.declaration, queues };
      });
      wakes.wake(outcome?.queues ?? []);
      return outcome?.declaration;
    },
    delete: (scope, name, decide) => database.write((sql) => deletePipeline(sql, scope, name, decide, give())),
    find: (scope, name) => database.read((sql) => findPipeline(sql, scope, name)),
    declaration: (id, version) => database.read((sql) => findDeclaration(sql, id, version)),
    list: (scope, page) => database.read((sql) => listPipelines(sql, scope, page)),
    count: (scope) => database.read((sql) => countPipelines(sql, scope)),
  };
}

function executionRows(database: Database): ExecutionRows {
  return {
    find: (pipelineId, executionId) => database.read((sql) => findExecution(sql, pipelineId, executionId)),
    list: (pipelineId, page) => database.read((sql) => listExecutions(sql, pipelineId, page)),
    listActions: (pipelineId, page) => database.read((sql) => listActionExecutions(sql, pipelineId, page)),
    listRules: (pipelineId, page) => database.read((sql) => listRuleExecutions(sql, pipelineId, page)),
    hasAction: (scope, id, pipelineId) => database.read((sql) => hasActionExecution(sql, scope, id, pipelineId)),
    findAction: (pipelineId, id) => database.read((sql) => findActionExecution(sql, pipelineId, id)),
    occupancy: (pipelineId, stageNames) => database.read((sql) => readOccupancy(sql, pipelineId, stageNames)),
    newestStages: (pipelineId, stageNames) => database.read((sql) => findNewestStages(sql, pipelineId, stageNames)),
    newestActions: (pipelineId, actions) => database.read((sql) => findNewestActions(sql, pipelineId, actions)),
    newestConditions: (pipelineId, asked) => database.read((sql) => findNewestConditions(sql, pipelineId, asked)),
  };
}

function actionTypeRows(database: Database): ActionTypeRows {
  return {
    replaceBuiltIn: (types) => database.write((sql) => replaceBuiltInTypes(sql, types)),
    insert: (scope, type, tags, at) => database.write((sql) => insertActionType(sql, scope, type, tags, at)),
    delete: (scope, id, at) => database.write((sql) => deleteActionType(sql, scope, id, at)),
    find: (scope, id) => database.read((sql) => findActionType(sql, scope, id)),
    findAll: (scope, ids) => database.read((sql) => findActionTypes(sql, scope, ids)),
    list: (scope, page) => database.read((sql) => listActionTypes(sql, scope, page)),
    countCustom: (scope) => database.read((sql) => countCustomTypes(sql, scope)),
  };
}

function jobRows(database: Database, now: () => number): JobRows {
  return {
    claim: (request) => database.write((sql) => claimJobs(sql, request)),
    deliver: (jobId, leaseUntil, origin) =>
      database.write((sql) => deliverJob(sql, jobId, leaseUntil, { at: now(), origin })),
    find: (jobId) => database.read((sql) => findJob(sql, jobId)),
    acknowledge: (jobId, nonce, origin) =>
      database.write((sql) => acknowledgeJob(sql, jobId, nonce, { at: now(), origin })),
    renew: (jobId, nonce, leaseUntil) => database.write((sql) => renewLease(sql, jobId, nonce, leaseUntil)),
    overdue: (at, limit) => database.read((sql) => overdueJobs(sql, at, limit)),
    waiting: (at, limit) => database.read((sql) => waitingJobs(sql, at, limit)),
    waitingByQuery: (at, limit) => database.read((sql) => waitingByQuery(sql, at, limit)),
    nextOffer: (queue) => database.read((sql) => nextOffer(sql, queue)),
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

function retentionRows(database: Database): RetentionRows {
  return {
    ended: (page) => database.read((sql) => endedExecutions(sql, page)),
    prune: (executionId, endedBefore) => database.write((sql) => pruneExecution(sql, executionId, endedBefore)),
    prunePipelines: (deletedBefore) => database.write((sql) => prunePipelines(sql, deletedBefore)),
    removals: (page) => database.read((sql) => listRemovals(sql, page)),
    forgetRemoval: (sequence) => database.write((sql) => forgetRemoval(sql, sequence)),
  };
}

function webhookRows(database: Database): WebhookRows {
  return {
    put: (webhook, tags, limit) => database.write((sql) => putWebhook(sql, webhook, tags, limit)),
    find: (scope, name) => database.read((sql) => findWebhook(sql, scope, name)),
    findById: (id) => database.read((sql) => findWebhookById(sql, id)),
    recordError: (id, error) => database.write((sql) => recordWebhookError(sql, id, error)),
    list: (scope, page) => database.read((sql) => listWebhooks(sql, scope, page)),
    delete: (scope, name) => database.write((sql) => deleteWebhook(sql, scope, name)),
  };
}

function tagRows(database: Database): TagRows {
  return {
    find: (scope, resource) => database.read((sql) => findTags(sql, scope, resource)),
    change: (scope, resource, change) => database.write((sql) => changeTags(sql, scope, resource, change)),
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
