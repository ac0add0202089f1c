import { watchedRepositoriesKind } from '../../model/sources/repository-refs.ts';
import type { Statements } from '../database.ts';
import { requestWork } from '../due-work.ts';

/** Makes the search for repositories due that patterns may mean. */
export async function requestRepositorySearch(sql: Statements, at: number): Promise<void> {
  await requestWork(sql, watchedRepositoriesKind, 'all', at);
}
