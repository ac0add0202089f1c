import type { Dependencies } from '../../api/dependencies.ts';
import type { BuildSource } from '../../model/build.ts';
import type { Scope } from '../../model/pipeline.ts';
import type { DeclaredRepository } from '../../providers/provider.ts';
import { openDocument } from '../../resources/seal-document.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { findDeclaredRepository, repositoryOf } from '../declared-repositories.ts';

/** A source in a Git repository. */
export type GitBuildSource = Extract<BuildSource, { type: 'GIT' }>;

type Parts = Pick<Dependencies, 'store' | 'sealer'>;

/**
 * Finds the repository of a source: the declared one with its URL, its name or its `owner/name`; else that behind its URL,
 * without credentials and only by https. Throws `JobFailure`.
 */
export async function findBuildRepository(
  scope: Scope,
  { connectionArn, fullRepositoryId, repository, url }: GitBuildSource,
  parts: Parts,
): Promise<DeclaredRepository> {
  const found =
    (url !== undefined && (await findByUrl(scope, url, parts))) ||
    (repository !== undefined && (await findDeclaredRepository(scope, { name: repository }, parts))) ||
    (fullRepositoryId !== undefined &&
      (await findDeclaredRepository(scope, { fullRepositoryId, ...(connectionArn && { connectionArn }) }, parts)));
  if (found) return found;
  if (repository === undefined && url?.startsWith('https://')) return { providerType: 'GitHub', remote: { url } };
  const wanted = repository === undefined ? `the url ${url}` : `the name ${repository}`;
  throw new JobFailure(
    'ConfigurationError',
    `Where the repository ${url ?? repository} is has not been declared. Store a resource of the kind Repository with ${wanted}: millrace apply --file FILE.`,
  );
}

async function findByUrl(scope: Scope, url: string, { store, sealer }: Parts): Promise<DeclaredRepository | undefined> {
  const repositories = await store.resources.ofKind(scope, 'Repository');
  const found = repositories.find(({ document }) => plainUrl(String(document.url)) === plainUrl(url));
  return found && repositoryOf(openDocument(sealer, scope, found));
}

/** Forges accept a repository with `.git` and without. */
function plainUrl(url: string): string {
  return url.replace(/\/$/, '').replace(/\.git$/, '');
}
