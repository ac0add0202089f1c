import { randomInt } from 'node:crypto';
import type { Build, BuildOutcome, BuildPhase, CageName } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { hasOpenJob, openBuildOfAccount, openBuilds } from '../fragments.ts';
import { type BuildRow, toBuild } from './build-row.ts';
import { buildHolder } from './credential-holder.ts';
import { insertTestCases } from './test-cases.ts';

/** A claim of a build; only the newest one can write. */
export interface BuildLease {
  scope: Scope;
  id: string;
  fence: number;
}

/** A build with the fence of its claim, and what the credentials of the claim depend on. */
export interface ClaimedBuild extends Build {
  fence: number;
  holder: string;
}

/** How often runners may disappear with a build before it ends with FAULT: one that ends its runners would go on for ever. */
export const mostLostClaims = 3;

/** The claims of a build whose runners have disappeared, and the current one. */
export const lostClaims = 'attempts - released';

/**
 * The time a build has beside that of its commands: for its image, its sources and its artifacts. The runner ends
 * commands in time, so this ends only builds whose runner hangs.
 */
const timeAroundCommandsMs = 60 * 60 * 1000;

const largestFence = 2 ** 48 - 1;

/** Whose builds to claim, of all Regions; with `cages` only those that need one of these or name none. */
export interface BuildClaim {
  account: string;
  runner: string;
  cages?: readonly CageName[];
  limit: number;
  at: number;
  leaseUntil: number;
}

/**
 * Claims builds that are offered, oldest first; no two runners get the same one before `leaseUntil`. Builds that are to
 * stop, or that belong to an ended job, are not handed out.
 */
export async function claimBuilds(sql: Statements, claim: BuildClaim): Promise<ClaimedBuild[]> {
  const { account, at, cages, leaseUntil, limit, runner } = claim;
  const named = cages?.length ? `cage is null or cage in (${cages.map(() => '?').join(', ')})` : 'true';
  const rows = await sql.all<BuildRow>(
    `with picked as materialized (
       select sequence from builds where ${openBuilds} and ${openBuildOfAccount} and offer_at <= ? and ${lostClaims} < ?
         and stop_requested_at is null and ${hasOpenJob} and (${named})
       order by sequence limit ? {{skip locked}})
     update builds set offer_at = ?, deadline_at = timeout_ms + ?, claimed_at = ?, attempts = attempts + 1, fence = ?,
       runner = ?, phases = '[]'
     where sequence in (select sequence from picked) returning *`,
    account,
    at,
    mostLostClaims,
    ...(cages ?? []),
    limit,
    leaseUntil,
    at + timeAroundCommandsMs,
    at,
    randomInt(1, largestFence),
    runner,
  );
  return rows.sort((left, right) => left.sequence - right.sequence).map(toClaimed);
}

function toClaimed(row: BuildRow): ClaimedBuild {
  return { ...toBuild(row), fence: row.fence, holder: buildHolder(row) };
}

/** Finds a build by its newest claim; undefined if the lease is lost or the build has ended. */
export async function findClaimed(sql: Statements, lease: BuildLease): Promise<ClaimedBuild | undefined> {
  const row = await sql.get<BuildRow>(`select * from builds where ${ownLease}`, ...leaseParameters(lease));
  return row && toClaimed(row);
}

/**
 * Offers a build again at once that its runner can't go on with, such as one that is shut down. Unlike a lost lease it does not
 * count towards the end of the build. Returns false if the lease is lost or the build has ended.
 */
export async function releaseBuild(sql: Statements, lease: BuildLease, at: number): Promise<boolean> {
  const released = await sql.run(
    `update builds set offer_at = ?, released = released + 1, fence = 0, claimed_at = null, phases = '[]'
     where ${ownLease}`,
    at,
    ...leaseParameters(lease),
  );
  return released === 1;
}

/**
 * Extends a lease and says whether the build is to stop: because that was asked for, or because its job has ended.
 * Returns undefined if the lease is lost or the build has ended.
 */
export async function renewBuild(
  sql: Statements,
  lease: BuildLease,
  leaseUntil: number,
): Promise<{ stopRequested: boolean } | undefined> {
  const row = await sql.get<{ stops: number }>(
    `update builds set offer_at = ? where ${ownLease}
     returning case when stop_requested_at is not null or not ${hasOpenJob} then 1 else 0 end as stops`,
    leaseUntil,
    ...leaseParameters(lease),
  );
  return row && { stopRequested: row.stops === 1 };
}

/** Locks a build until the end of the transaction; false if the lease is lost or the build has ended. */
export async function lockClaimed(sql: Statements, lease: BuildLease): Promise<boolean> {
  const row = await sql.get(`select 1 as one from builds where ${ownLease} {{for update}}`, ...leaseParameters(lease));
  return row !== undefined;
}

export async function putPhases(sql: Statements, lease: BuildLease, phases: BuildPhase[]): Promise<boolean> {
  const put = await sql.run(
    `update builds set phases = ? where ${ownLease}`,
    JSON.stringify(phases),
    ...leaseParameters(lease),
  );
  return put === 1;
}

export async function finishBuild(
  sql: Statements,
  lease: BuildLease,
  { status, phases, exportedVariables, reports, testCases = [], artifacts, failure }: BuildOutcome,
  at: number,
): Promise<boolean> {
  const finished = await sql.run(
    `update builds set status = ?, phases = ?, exported_variables = ?, reports = ?, artifacts = ?, failure = ?,
       ended_at = ?, offer_at = null where ${ownLease}`,
    status,
    JSON.stringify(phases),
    JSON.stringify(exportedVariables),
    JSON.stringify(reports),
    JSON.stringify(artifacts),
    failure ? JSON.stringify(failure) : null,
    at,
    ...leaseParameters(lease),
  );
  const { scope, id } = lease;
  if (finished === 1) {
    await insertTestCases(sql, scope, id, testCases);
    return true;
  }
  // The runner repeats a call whose answer was lost.
  return hasFinished(sql, lease);
}

/** Returns whether the runner of a claim has ended the build. One that the server has ended has no fence any more. */
export async function hasFinished(sql: Statements, { scope, id, fence }: BuildLease): Promise<boolean> {
  const ended = await sql.get(
    `select 1 as one from builds where account = ? and region = ? and id = ? and fence = ? and status <> 'IN_PROGRESS'`,
    scope.account,
    scope.region,
    id,
    fence,
  );
  return ended !== undefined;
}

const ownLease = `account = ? and region = ? and id = ? and fence = ? and status = 'IN_PROGRESS'`;

function leaseParameters({ scope, id, fence }: BuildLease): [string, string, string, number] {
  return [scope.account, scope.region, id, fence];
}

/** Returns when the next build of an account can be claimed, perhaps after a lease; undefined if there is none. */
export async function nextOfferOfBuilds(sql: Statements, account: string): Promise<number | undefined> {
  const row = await sql.get<{ offer_at: number | null }>(
    `select min(offer_at) as offer_at from builds
     where ${openBuilds} and ${openBuildOfAccount} and ${lostClaims} < ? and stop_requested_at is null`,
    account,
    mostLostClaims,
  );
  return row?.offer_at ?? undefined;
}
