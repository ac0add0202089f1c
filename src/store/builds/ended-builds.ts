import type { Build, BuildFailureReason, EndedBuildStatus } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import { hasOpenJob, openBuilds } from '../fragments.ts';
import { type BuildRow, toBuild } from './build-row.ts';
import { lostClaims, mostLostClaims } from './claimed-builds.ts';

const byId = 'account = ? and region = ? and id = ?';

/** Has no runner: it was not claimed yet, or the lease of its runner has ended. Takes the moment. */
const isUnleased = '(offer_at is null or offer_at <= ? or attempts = 0)';

/** How a build ends that no runner ends. */
interface ServerEnd {
  status: EndedBuildStatus;
  failure?: BuildFailureReason;
}

export async function requestStop(sql: Statements, scope: Scope, id: string, at: number): Promise<Build | undefined> {
  const place = [scope.account, scope.region, id];
  const row = await sql.get<BuildRow>(`select * from builds where ${byId} {{for update}}`, ...place);
  if (!row) return undefined;
  if (row.status === 'IN_PROGRESS') {
    await sql.run(
      `update builds set stop_requested_at = coalesce(stop_requested_at, ?) where ${byId} and status = 'IN_PROGRESS'`,
      at,
      ...place,
    );
    const hasRunner = row.attempts > 0 && row.offer_at !== null && row.offer_at > at;
    if (!hasRunner) await endBuild(sql, row, { status: 'STOPPED' }, at);
  }
  const stopped = await sql.get<BuildRow>(`select * from builds where ${byId}`, ...place);
  return stopped && toBuild(stopped);
}

/** Lists open builds that the server has to end at `at`, oldest first. */
export async function overdueBuilds(
  sql: Statements,
  at: number,
  limit: number,
): Promise<{ scope: Scope; id: string }[]> {
  const rows = await sql.all<{ account: string; region: string; id: string }>(
    `select account, region, id from builds where ${openBuilds} and (deadline_at <= ? or ${isUnleased}
       and (stop_requested_at is not null or ${lostClaims} >= ? or not ${hasOpenJob}))
     order by sequence limit ?`,
    at,
    at,
    mostLostClaims,
    limit,
  );
  return rows.map(({ account, region, id }) => ({ scope: { account, region }, id }));
}

export async function endOverdueBuild(
  sql: Statements,
  { scope, id }: { scope: Scope; id: string },
  at: number,
): Promise<boolean> {
  const row = await sql.get<BuildRow & { has_job: number }>(
    `select builds.*, case when ${hasOpenJob} then 1 else 0 end as has_job from builds
     where ${byId} and status = 'IN_PROGRESS' {{for update}}`,
    scope.account,
    scope.region,
    id,
  );
  const end = row && endOf(row, at);
  if (!end) return false;
  await endBuild(sql, row, end, at);
  return true;
}

/** Decides how the server ends an open build; undefined if it goes on. */
function endOf(row: BuildRow & { has_job: number }, at: number): ServerEnd | undefined {
  if (row.attempts === 0 || row.offer_at === null || row.offer_at <= at) {
    if (row.stop_requested_at !== null || row.has_job === 0) return { status: 'STOPPED' };
    const lost = row.attempts - row.released;
    if (lost >= mostLostClaims) {
      const message = `Its runner has disappeared ${lost} times; the last one was ${row.runner}. See the logs of the runners.`;
      return { status: 'FAULT', failure: { code: 'INTERNAL_ERROR', message } };
    }
  }
  if (row.deadline_at > at) return undefined;
  const message =
    row.attempts === 0
      ? 'No runner has taken the build before its queued time-out. Start a runner (millrace runner), or look whether those that run have its cage.'
      : `The runner ${row.runner} has not ended the build an hour after its time-out.`;
  return { status: 'TIMED_OUT', failure: { code: 'BUILD_TIMED_OUT', message } };
}

/** Ends a build whose row is locked. Without its fence a runner that still works on it can't write any more. */
async function endBuild(sql: Statements, row: BuildRow, { status, failure }: ServerEnd, at: number): Promise<void> {
  await sql.run(
    `update builds set status = ?, failure = ?, ended_at = ?, offer_at = null, fence = 0
     where ${byId} and status = 'IN_PROGRESS'`,
    status,
    failure ? JSON.stringify(failure) : null,
    at,
    row.account,
    row.region,
    row.id,
  );
}

/** Returns when the server may have to end the next build; undefined if none is open. */
export async function nextEndOfBuilds(sql: Statements): Promise<number | undefined> {
  const row = await sql.get<{ next_at: number | null }>(
    `select min(case when (${lostClaims} >= ? or stop_requested_at is not null) and offer_at < deadline_at then offer_at
       else deadline_at end) as next_at
     from builds where ${openBuilds}`,
    mostLostClaims,
  );
  return row?.next_at ?? undefined;
}
