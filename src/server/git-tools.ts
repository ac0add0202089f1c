import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dependencies } from '../api/dependencies.ts';
import type { Config } from '../config/config.ts';
import { createGitProgram } from '../git/git-program.ts';
import { openRepositoryCache } from '../git/repository-cache.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredResource } from '../model/resource.ts';
import type { DeclaredRepository, GitTools } from '../providers/provider.ts';
import { openDocument } from '../resources/seal-document.ts';

/** Returns the Git repositories of an account and Region. */
export type GitToolsOf = (scope: Scope) => GitTools;

/** Opens the copies of Git repositories in the data folder. */
export async function openGitTools(
  { data, gitCacheMib }: Config,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<GitToolsOf> {
  const program = await createGitProgram(join(data, 'git'));
  const cache = await openRepositoryCache(join(data, 'git', 'repositories'), program, {
    maxBytes: gitCacheMib * 2 ** 20,
  });
  const scratchFolder = join(data, 'git', 'scratch');
  await rm(scratchFolder, { recursive: true, force: true });
  await mkdir(scratchFolder, { mode: 0o700 });
  return ({ account, region }) => {
    const scope = { account, region };
    return {
      program,
      cache,
      scratchFolder,
      async findRepository(reference) {
        const resources = await store.resources.ofKind(scope, 'Repository');
        const named = resources.filter((resource) => isMeant(resource, reference));
        // The one that names the connection comes before those for any.
        const found = named.find(({ document }) => document.connectionArn !== undefined) ?? named[0];
        return found && repositoryOf(openDocument(sealer, scope, found));
      },
    };
  };
}

function isMeant({ name, document }: StoredResource, reference: Parameters<GitTools['findRepository']>[0]): boolean {
  if ('name' in reference) return name === reference.name;
  const { fullRepositoryId, connectionArn } = reference;
  return (
    document.fullRepositoryId === fullRepositoryId &&
    (document.connectionArn === undefined || document.connectionArn === connectionArn)
  );
}

function repositoryOf(document: StoredResource['document']): DeclaredRepository {
  const text = (member: string) => {
    const value = document[member];
    return typeof value === 'string' ? value : undefined;
  };
  const [url = '', password, privateKey, knownHosts] = ['url', 'password', 'privateKey', 'knownHosts'].map(text);
  const username = text('username') ?? 'git';
  return {
    providerType: text('providerType') ?? 'GitHub',
    remote: {
      url,
      allowsFile: url.startsWith('file:'),
      ...(password !== undefined && { credential: { username, password } }),
      ...(privateKey !== undefined && { credential: { privateKey } }),
      ...(knownHosts !== undefined && { knownHosts }),
    },
  };
}
