import type { BuildFailureReason, BuildPhase, FetchedSources } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';

/** A build whose GIT sources are still to be packed. */
const isUnpacked = `account = ? and region = ? and id = ? and status = 'IN_PROGRESS' and fetched is null
  and offer_at is null and attempts = 0`;

export async function offerBuild(
  sql: Statements,
  { account, region }: Scope,
  id: string,
  { fetched, at }: { fetched: FetchedSources; at: number },
): Promise<boolean> {
  const offered = await sql.run(
    `update builds set fetched = ?, offer_at = ? where ${isUnpacked}`,
    JSON.stringify(fetched),
    at,
    account,
    region,
    id,
  );
  return offered === 1;
}

/** Ends a build in the phase that would have downloaded its sources. */
export async function failSources(
  sql: Statements,
  { account, region }: Scope,
  id: string,
  { failure, at }: { failure: BuildFailureReason; at: number },
): Promise<boolean> {
  const phase: BuildPhase = { type: 'DOWNLOAD_SOURCE', startedAt: at, endedAt: at, status: 'FAILED', failure };
  const failed = await sql.run(
    `update builds set status = 'FAILED', failure = ?, phases = ?, claimed_at = ?, ended_at = ? where ${isUnpacked}`,
    JSON.stringify(failure),
    JSON.stringify([phase]),
    at,
    at,
    account,
    region,
    id,
  );
  return failed === 1;
}
