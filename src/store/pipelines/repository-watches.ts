import { hash } from 'node:crypto';
import type { Scope } from '../../model/pipeline.ts';
import {
  isReadWithoutRole,
  type Place,
  placesOfRepository,
  type RepositoryNames,
  type SourceWatch,
  sourceCheckKind,
  watchedBranchOf,
} from '../../model/sources/source-watch.ts';
import type { Statements } from '../database.ts';
import { requestWork } from '../due-work.ts';

/** A row of a watched source action. */
export interface WatchRow {
  pipeline_id: string;
  action_name: string;
  type_key: string;
  location: string;
  role_arn: string;
  is_polled: number;
  seen: string | null;
  failure: string | null;
  place_key: string | null;
  check_key: string | null;
  hooked_at: number | null;
  git_trigger: string | null;
}

/** Identifies a place outside of repositories. A hash, since there is a limit to the length of what an index holds. */
export function placeKeyOf(account: string, { typeKey, location }: Place): string {
  return hash('sha256', JSON.stringify([account, typeKey, location]));
}

/** Identifies a repository as a type of source actions names it, whatever their branch and connection. */
function repositoryKeyOf({ account, region }: Scope, { typeKey, location }: Place): string {
  return hash('sha256', JSON.stringify([account, region, typeKey, location]));
}

/**
 * Returns the keys of a watch: that of its place, and that of the check that serves it. A check reads a place under the
 * rights of a role; that of a repository, which needs no role, serves all its branches.
 */
export function keysOf({ account, region }: Scope, watch: SourceWatch): { placeKey: string; checkKey: string } {
  if (isReadWithoutRole(watch)) {
    const placeKey = repositoryKeyOf({ account, region }, watch);
    return { placeKey, checkKey: hash('sha256', placeKey) };
  }
  const git = watchedBranchOf(watch);
  if (!git) {
    const placeKey = placeKeyOf(account, watch);
    return { placeKey, checkKey: hash('sha256', JSON.stringify([placeKey, region, watch.roleArn])) };
  }
  const placeKey = repositoryKeyOf({ account, region }, { typeKey: watch.typeKey, location: git.repository });
  const { ConnectionArn: connectionArn = '' } = watch.location;
  return { placeKey, checkKey: hash('sha256', JSON.stringify([placeKey, connectionArn])) };
}

/** Finds the watches of a declared repository. */
export async function findWatchesOf(sql: Statements, scope: Scope, repository: RepositoryNames): Promise<WatchRow[]> {
  const keys = placesOfRepository(repository).map((place) => repositoryKeyOf(scope, place));
  const found = await Promise.all(
    keys.map((key) => sql.all<WatchRow>('select * from source_watches where place_key = ? and is_polled = 1', key)),
  );
  const { connectionArn } = repository;
  return found.flat().filter(({ location }) => {
    const { ConnectionArn: used } = JSON.parse(location) as { ConnectionArn?: string };
    return connectionArn === undefined || used === undefined || used === connectionArn;
  });
}

/**
 * Makes the checks of a repository due, because a verified hook said that something changed there, and notes the hook:
 * such a repository is polled less often. Returns the keys of the checks; none if no source action watches it.
 */
export async function requestRepositoryChecks(
  sql: Statements,
  scope: Scope,
  repository: RepositoryNames,
  at: number,
): Promise<string[]> {
  const watches = await findWatchesOf(sql, scope, repository);
  for (const { pipeline_id: pipelineId, action_name: actionName } of watches) {
    sql.send(
      'update source_watches set hooked_at = ? where pipeline_id = ? and action_name = ?',
      at,
      pipelineId,
      actionName,
    );
  }
  const checkKeys = [...new Set(watches.flatMap(({ check_key: checkKey }) => checkKey ?? []))];
  for (const key of checkKeys) await requestWork(sql, sourceCheckKind, key, at);
  return checkKeys;
}

/** Makes the checks of all sources of some types due. */
export async function requestChecksOfTypes(
  sql: Statements,
  { account, region }: Scope,
  { typeKeys, at }: { typeKeys: string[]; at: number },
): Promise<void> {
  for (const typeKey of typeKeys) {
    const rows = await sql.all<{ check_key: string }>(
      `select distinct w.check_key from source_watches w join pipelines p on p.id = w.pipeline_id
       where p.account = ? and p.region = ? and w.type_key = ? and w.is_polled = 1 and w.check_key is not null`,
      account,
      region,
      typeKey,
    );
    for (const { check_key: key } of rows) await requestWork(sql, sourceCheckKind, key, at);
  }
}
