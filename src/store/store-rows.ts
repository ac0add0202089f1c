import {
  countCustomTypes,
  deleteActionType,
  findActionType,
  findActionTypes,
  insertActionType,
  listActionTypes,
  replaceBuiltInTypes,
} from './action-types/action-types.ts';
import type { ActionTypeRows } from './action-types/catalogue.ts';
import type { Database } from './database.ts';
import {
  findActionExecution,
  findExecution,
  hasActionExecution,
  listActionExecutions,
  listExecutions,
  listRuleExecutions,
} from './executions/executions.ts';
import { findNewestActions, findNewestConditions, findNewestStages } from './executions/latest-executions.ts';
import { endedExecutions, pruneExecution, prunePipelines } from './executions/retention.ts';
import type { RetentionRows } from './executions/retention-rows.ts';
import { occupancyOf, readPlaces } from './executions/stage-occupancy.ts';
import { forgetRemoval, listRemovals } from './objects/artifact-removals.ts';
import { changeTags, findTags } from './pipelines/tags.ts';
import type { WebhookRows } from './pipelines/webhook-rows.ts';
import {
  deleteWebhook,
  findWebhook,
  findWebhookById,
  listWebhooks,
  putWebhook,
  recordWebhookError,
} from './pipelines/webhooks.ts';
import type { ExecutionRows, TagRows } from './store.ts';

/** The parts of the store that read, or write rows of their own without moving an execution. */

export function executionRows(database: Database): ExecutionRows {
  return {
    find: (pipelineId, executionId) => database.read((sql) => findExecution(sql, pipelineId, executionId)),
    list: (pipelineId, page) => database.read((sql) => listExecutions(sql, pipelineId, page)),
    listActions: (pipelineId, page) => database.read((sql) => listActionExecutions(sql, pipelineId, page)),
    listRules: (pipelineId, page) => database.read((sql) => listRuleExecutions(sql, pipelineId, page)),
    hasAction: (scope, id, pipelineId) => database.read((sql) => hasActionExecution(sql, scope, id, pipelineId)),
    findAction: (pipelineId, id) => database.read((sql) => findActionExecution(sql, pipelineId, id)),
    occupancy: async (pipelineId, stageNames) =>
      occupancyOf(await database.read((sql) => readPlaces(sql, pipelineId)), stageNames),
    newestStages: (pipelineId, stageNames) => database.read((sql) => findNewestStages(sql, pipelineId, stageNames)),
    newestActions: (pipelineId, actions) => database.read((sql) => findNewestActions(sql, pipelineId, actions)),
    newestConditions: (pipelineId, asked) => database.read((sql) => findNewestConditions(sql, pipelineId, asked)),
  };
}

export function actionTypeRows(database: Database): ActionTypeRows {
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

export function retentionRows(database: Database): RetentionRows {
  return {
    ended: (page) => database.read((sql) => endedExecutions(sql, page)),
    prune: (executionId, endedBefore) => database.writeToFree((sql) => pruneExecution(sql, executionId, endedBefore)),
    prunePipelines: (deletedBefore) => database.writeToFree((sql) => prunePipelines(sql, deletedBefore)),
    removals: (page) => database.read((sql) => listRemovals(sql, page)),
    forgetRemoval: (sequence) => database.writeToFree((sql) => forgetRemoval(sql, sequence)),
  };
}

export function webhookRows(database: Database): WebhookRows {
  return {
    put: (webhook, tags, limit, isRepeat) =>
      database.write((sql) => putWebhook(sql, webhook, { tags, limit, isRepeat })),
    find: (scope, name) => database.read((sql) => findWebhook(sql, scope, name)),
    findById: (id) => database.read((sql) => findWebhookById(sql, id)),
    recordError: (id, error) => database.write((sql) => recordWebhookError(sql, id, error)),
    list: (scope, page) => database.read((sql) => listWebhooks(sql, scope, page)),
    delete: (scope, name) => database.write((sql) => deleteWebhook(sql, scope, name)),
  };
}

export function tagRows(database: Database): TagRows {
  return {
    find: (scope, resource) => database.read((sql) => findTags(sql, scope, resource)),
    change: (scope, resource, change) => database.write((sql) => changeTags(sql, scope, resource, change)),
  };
}
