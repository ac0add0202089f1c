import type { Decide } from '../model/decision.ts';
import type { Origin } from '../model/job-event.ts';
import type { ExecutionLimits } from '../model/quotas.ts';
import { accessKeyRows } from './access-keys.ts';
import { actionTypeRows } from './action-types/action-types.ts';
import { registeredTypeRows } from './action-types/registered-types.ts';
import { ruleTypeRows } from './action-types/rule-types.ts';
import { thirdPartyClientRows } from './action-types/third-party-clients.ts';
import { auditRows } from './audit.ts';
import { buildBatchRows } from './build-batches/build-batches.ts';
import { buildRows } from './builds/builds.ts';
import { connectionRows } from './connections.ts';
import { bind, type Database } from './database.ts';
import { dueWorkRows } from './due-work.ts';
import { eventDeliveryRows } from './event-deliveries/event-deliveries.ts';
import { eventRuleRows } from './event-rules/event-rules.ts';
import { watchedRepositoryRows } from './event-rules/watched-repositories.ts';
import { eventRows } from './events/events.ts';
import { advance, type Fact } from './executions/advance.ts';
import { approvalRows } from './executions/approvals.ts';
import { createDecideAndWake } from './executions/decide-and-wake.ts';
import { executionRows } from './executions/executions.ts';
import { type AdvanceKey, locksOf } from './executions/lock-target.ts';
import { retentionRows } from './executions/retention.ts';
import type { GroupCommit } from './group-commit.ts';
import { repositoryHookRows } from './hooks/repository-hooks.ts';
import type { HeldPolls } from './jobs/held-polls.ts';
import { jobHistoryRows } from './jobs/job-history.ts';
import { createJobFacts, createQueuedJobs } from './jobs/job-record.ts';
import { jobRows } from './jobs/jobs.ts';
import { logRows } from './logs/logs.ts';
import type { Notifications } from './notifications.ts';
import { objectRows } from './objects/object-index.ts';
import { pipelineRows } from './pipelines/pipelines.ts';
import { sourceWatchRows } from './pipelines/source-watches.ts';
import { tagRows } from './pipelines/tags.ts';
import { webhookRows } from './pipelines/webhooks.ts';
import { resourceRows } from './resources.ts';
import { findSetting, keepSetting } from './settings.ts';

export type { AccessKeyRecord, AccessKeyRows, KeyBound } from './access-keys.ts';
export type { DueWork } from './due-work.ts';
export { laneKind } from './event-deliveries/lanes.ts';
export type { Fact } from './executions/advance.ts';
export type { ListedActionExecution } from './executions/executions.ts';
export type { ActionAttempt, CheckedCondition, StagePassage } from './executions/latest-executions.ts';
export type { AdvanceKey } from './executions/lock-target.ts';
export type { EndedExecution, RetentionRows } from './executions/retention.ts';
export type { ClaimRequest } from './jobs/deliveries.ts';
export type { HeldPolls, ReservedPoll } from './jobs/held-polls.ts';
export type { ListedJob, ListedJobEvent } from './jobs/job-history.ts';
export type { JobRecord } from './jobs/job-record.ts';
export type { JobRows } from './jobs/jobs.ts';
export type { HeldWrite, LogEnd } from './logs/logs.ts';
export type { ArtifactRemoval } from './objects/artifact-removals.ts';
export type { StoredPullRequestEvent } from './pipelines/pull-request-events.ts';
export type { DueWatch } from './pipelines/source-watches.ts';
export type { ListedWebhook } from './pipelines/webhooks.ts';

interface Dependencies {
  now: () => number;
  limits: ExecutionLimits;
  notifications: Notifications;
  /** For a database that doesn't commit in groups by itself. */
  groupCommit?: GroupCommit;
}

/** Durable state, the same on every driver. Other rooms know only this type and those exported above. */
export type Store = ReturnType<typeof createStore>;

/** Creates the store over a driver. The SQL is the same for all; `database` rewrites the differences of its dialect. */
export function createStore(
  database: Database,
  { now, limits, notifications, groupCommit = { add: ({ run }) => database.write((sql) => run(sql)) } }: Dependencies,
) {
  const listeners: ((fact: Fact) => void)[] = [];
  const queuedJobs = createQueuedJobs();
  const facts = createJobFacts(database);
  const events = eventRows(database, notifications);
  let heldPolls: HeldPolls = { reserve: () => undefined };
  const reserve: HeldPolls['reserve'] = (name) => heldPolls.reserve(name);
  const decideAndWake = createDecideAndWake(
    { database, groupCommit, now, limits, notifications, queuedJobs, facts, heldPolls: { reserve }, events },
    listeners,
  );
  return {
    /** See the room's README. Rejects with the decision's error response as a ServiceError. `origin` is the caller. */
    advance: <Answer>(key: AdvanceKey, decide: Decide<Answer>, origin?: Origin): Promise<Answer> =>
      decideAndWake((sql, context, locked) => advance(sql, key, decide, context, locked), {
        locks: locksOf(key),
        origin,
      }),
    pipelines: pipelineRows(database, decideAndWake),
    executions: executionRows(database),
    actionTypes: actionTypeRows(database),
    ruleTypes: ruleTypeRows(database),
    registeredTypes: registeredTypeRows(database),
    thirdPartyClients: thirdPartyClientRows(database),
    jobs: jobRows(database, { groupCommit, now, queuedJobs, facts }),
    jobHistory: jobHistoryRows(database, now),
    logs: logRows(database, notifications),
    approvals: approvalRows(database),
    webhooks: webhookRows(database),
    sourceWatches: sourceWatchRows(database, notifications),
    repositoryHooks: repositoryHookRows(database, { notifications, events }),
    dueWork: dueWorkRows(database, notifications),
    events,
    eventRules: eventRuleRows(database, notifications, events),
    watchedRepositories: watchedRepositoryRows(database, notifications, events),
    tags: tagRows(database),
    objects: objectRows(database),
    accessKeys: accessKeyRows(database),
    resources: resourceRows(database),
    audit: auditRows(database),
    builds: buildRows(database, notifications),
    buildBatches: buildBatchRows(database, notifications),
    connections: connectionRows(database),
    eventDeliveries: eventDeliveryRows(database, notifications),
    retention: retentionRows(database),
    ...bind(database, 'read', { findSetting }),
    ...bind(database, 'write', { keepSetting }),
    /** Rejects when the database doesn't respond, or has been found damaged. */
    check: () => database.check(),
    /** Refuses every write from now on, for a reason that the caller has found. */
    condemn: (reason: string) => database.condemn(reason),
    /** Reserves, from now on, the space that deletions need on a full disk. */
    holdReserve: () => database.holdReserve(),
    notifications,
    /** Delivers jobs to these polls, from now on, in the commit that queues them. */
    handOffTo(polls: HeldPolls): void {
      heldPolls = polls;
    },
    /** Calls `listener` for each change of an execution that this store commits. */
    onCommitted: (listener: (fact: Fact) => void) => void listeners.push(listener),
    close: () => database.close(),
  };
}
