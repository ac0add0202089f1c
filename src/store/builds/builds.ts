import { ServiceError } from '../../contract/errors.ts';
import {
  type Build,
  type BuildFailureReason,
  type BuildOrder,
  buildArn,
  buildSourcesKind,
  buildWake,
  type FetchedSources,
  offeredBuildsWake,
} from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import { bind, type Database, type Statements } from '../database.ts';
import { dueWorkWake, requestWork } from '../due-work.ts';
import { logWake } from '../logs/logs.ts';
import type { Notifications } from '../notifications.ts';
import { type BuildRow, toBuild } from './build-row.ts';
import {
  type BuildLease,
  claimBuilds,
  findClaimed,
  finishBuild,
  hasFinished,
  nextOfferOfBuilds,
  putPhases,
  releaseBuild,
  renewBuild,
} from './claimed-builds.ts';
import { endOverdueBuild, nextEndOfBuilds, overdueBuilds, requestStop } from './ended-builds.ts';
import { countBuilds, deleteBuilds, findBuilds, listBuilds, pruneBuilds } from './listed-builds.ts';
import { failSources, offerBuild } from './packed-sources.ts';
import { testCasesOf } from './test-cases.ts';

/** Builds. Each write is a guarded one-row statement or locks the row of its build; runners need the fence of their claim. */
export function buildRows(database: Database, notifications: Notifications) {
  /** Writes, and notifies of these names if that has changed something. */
  const wakeIf = async (names: string[], work: (sql: Statements) => Promise<boolean>): Promise<boolean> => {
    const isChanged = await database.write(work);
    if (isChanged) notifications.wake(names);
    return isChanged;
  };
  const changed = ({ scope, id }: { scope: Scope; id: string }) => [buildWake(scope, id), logWake(id)];
  return {
    /**
     * Creates the build `<project>:<uuid>`, or returns the one that has this id. It is offered at once, unless the server
     * has to pack a GIT source first (`offer`). Throws AccountLimitExceededException if more than `mostOpen` of the project
     * would be open.
     */
    async create(scope: Scope, uuid: string, order: BuildOrder, at: number, mostOpen?: number): Promise<Build> {
      const build = await database.write((sql) => createBuild(sql, scope, uuid, { order, at, mostOpen }));
      notifications.wake([offeredBuildsWake(scope.account), dueWorkWake(buildSourcesKind)]);
      return build;
    },
    /** Offers a build whose sources are packed now. Returns false if it is offered already or has ended. */
    offer: (scope: Scope, id: string, fetched: FetchedSources, at: number) =>
      wakeIf([offeredBuildsWake(scope.account)], (sql) => offerBuild(sql, scope, id, { fetched, at })),
    /** Ends a build whose sources can't be packed. Returns false if it is offered already or has ended. */
    failSources: (scope: Scope, id: string, failure: BuildFailureReason, at: number) =>
      wakeIf(changed({ scope, id }), (sql) => failSources(sql, scope, id, { failure, at })),
    /** Replaces the phases that the runner has reported. Returns false if the lease is lost or the build has ended. */
    putPhases: (lease: BuildLease, phases: Build['phases']) =>
      wakeIf(changed(lease), (sql) => putPhases(sql, lease, phases)),
    /** Ends a build as its runner says; also true if that was done before. Returns false if the lease is lost. */
    finish: (lease: BuildLease, outcome: Parameters<typeof finishBuild>[2], at: number) =>
      wakeIf(changed(lease), (sql) => finishBuild(sql, lease, outcome, at)),
    /** See `releaseBuild`. */
    release: (lease: BuildLease, at: number) =>
      wakeIf([offeredBuildsWake(lease.scope.account)], (sql) => releaseBuild(sql, lease, at)),
    /**
     * Asks the runner of a build to stop it; without one the build ends at once. Returns the build as it is then, or
     * undefined if there is none.
     */
    async requestStop(scope: Scope, id: string, at: number): Promise<Build | undefined> {
      const build = await database.write((sql) => requestStop(sql, scope, id, at));
      if (build) notifications.wake(changed({ scope, id }));
      return build;
    },
    /** Ends a build that `overdue` has listed, if that is still so. Its runner learns of it when it renews. */
    endOverdue: (build: { scope: Scope; id: string }, at: number) =>
      wakeIf(changed(build), (sql) => endOverdueBuild(sql, build, at)),
    ...bind(database, 'write', { claim: claimBuilds, renew: renewBuild, delete: deleteBuilds }),
    ...bind(database, 'writeToFree', { prune: pruneBuilds }),
    ...bind(database, 'read', {
      find: findBuild,
      ofJob: findBuildOfJob,
      findAll: findBuilds,
      findClaimed,
      hasFinished,
      list: listBuilds,
      count: countBuilds,
      testCases: testCasesOf,
      nextOffer: nextOfferOfBuilds,
      overdue: overdueBuilds,
      nextEnd: nextEndOfBuilds,
    }),
  };
}

async function createBuild(
  sql: Statements,
  scope: Scope,
  uuid: string,
  { order, at, mostOpen }: { order: BuildOrder; at: number; mostOpen?: number },
): Promise<Build> {
  const { account, region } = scope;
  const { kind, projectName: project, cage, job, queuedTimeoutMs, timeoutMs } = order;
  const id = `${project}:${uuid}`;
  const existing = await findBuild(sql, scope, id);
  if (existing) return existing;
  const counted = await sql.get<{ last: number }>(
    `insert into build_numbers (account, region, project, last) values (?, ?, ?, 1)
     on conflict (account, region, project) do update set last = build_numbers.last + 1 returning last`,
    account,
    region,
    project,
  );
  const needsPacking = [order.source, ...order.secondarySources].some(({ type }) => type === 'GIT');
  // The row of the number is locked, but two Regions or a retried transaction may still insert the same id.
  await sql.run(
    `insert into builds (account, region, id, kind, project, number, build_order, cage, job_id, started_at, offer_at,
       deadline_at, timeout_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (account, region, id) do nothing`,
    account,
    region,
    id,
    kind,
    project,
    counted?.last ?? 1,
    JSON.stringify(order),
    cage ?? null,
    job?.id ?? null,
    at,
    needsPacking ? null : at,
    at + queuedTimeoutMs,
    timeoutMs,
  );
  if (mostOpen !== undefined) await refuseMoreOpen(sql, scope, project, mostOpen);
  if (needsPacking) await requestWork(sql, buildSourcesKind, buildArn(scope, id), at);
  return (await findBuild(sql, scope, id)) as Build;
}

/** The lock on the number of the project's last build makes the count exact. */
async function refuseMoreOpen(
  sql: Statements,
  { account, region }: Scope,
  project: string,
  mostOpen: number,
): Promise<void> {
  const row = await sql.get<{ open: number }>(
    `select count(*) as open from builds where account = ? and region = ? and project = ? and status = 'IN_PROGRESS'`,
    account,
    region,
    project,
  );
  if ((row?.open ?? 0) <= mostOpen) return;
  throw new ServiceError(
    'AccountLimitExceededException',
    `Cannot have more than ${mostOpen} builds in queue for the project ${project}: this is its concurrentBuildLimit.`,
  );
}

/** Finds the build that the action of a job has started. */
async function findBuildOfJob(sql: Statements, { account, region }: Scope, jobId: string): Promise<Build | undefined> {
  const row = await sql.get<BuildRow>(
    'select * from builds where job_id = ? and account = ? and region = ?',
    jobId,
    account,
    region,
  );
  return row && toBuild(row);
}

async function findBuild(sql: Statements, { account, region }: Scope, id: string): Promise<Build | undefined> {
  const row = await sql.get<BuildRow>(
    'select * from builds where account = ? and region = ? and id = ?',
    account,
    region,
    id,
  );
  return row && toBuild(row);
}
