import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dependencies } from '../api/dependencies.ts';
import { findConnections } from '../api/services/connections/found-connection.ts';
import type { Config } from '../config/config.ts';
import { createGitProgram } from '../git/git-program.ts';
import { openRepositoryCache } from '../git/repository-cache.ts';
import type { Scope } from '../model/pipeline.ts';
import type { GitTools } from '../providers/provider.ts';
import { findDeclaredRepository } from './declared-repositories.ts';

/** Returns the Git repositories of an account and Region. */
export type GitToolsOf = (scope: Scope) => GitTools;

/** Opens the copies of Git repositories in the data folder. */
export async function openGitTools(
  { data, gitCacheMib }: Config,
  { store, sealer }: Pick<Dependencies, 'store' | 'sealer'>,
): Promise<GitToolsOf> {
  const maxBytes = gitCacheMib * 2 ** 20;
  const program = await createGitProgram(join(data, 'git'), { maxFileBytes: maxBytes });
  const cache = await openRepositoryCache(join(data, 'git', 'repositories'), program, { maxBytes });
  const scratchFolder = join(data, 'git', 'scratch');
  await rm(scratchFolder, { recursive: true, force: true });
  await mkdir(scratchFolder, { mode: 0o700 });
  return ({ account, region }) => {
    const scope = { account, region };
    return {
      program,
      cache,
      scratchFolder,
      findRepository: (reference) => findDeclaredRepository(scope, reference, { store, sealer }),
      async connectionStatus(arn) {
        const connections = await findConnections(scope, { store });
        return connections.find(({ ConnectionArn }) => ConnectionArn === arn)?.ConnectionStatus;
      },
    };
  };
}
