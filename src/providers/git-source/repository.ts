import type { GitRemote } from '../../git/remote.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { DeclaredRepository, GitTools } from '../provider.ts';

/** A branch of a repository, as a source action names it. */
export interface GitSource {
  /** The repository's name in messages and in output variables. */
  repositoryName: string;
  branch: string;
  repository: DeclaredRepository;
}

/** Finds the repository that the properties of a source action mean. Throws `JobFailure` if none is declared. */
export async function findSource(
  provider: string,
  properties: Record<string, string>,
  { findRepository }: Pick<GitTools, 'findRepository'>,
): Promise<GitSource> {
  if (provider === 'CodeCommit') {
    const { RepositoryName: name = '', BranchName: branch = '' } = properties;
    const repository = await findRepository({ name });
    if (!repository) throw undeclared(`name: ${name}`, `CodeCommit repository '${name}'`);
    return { repositoryName: name, branch: checkBranch(branch), repository };
  }
  if (provider === 'GitHub') {
    const { Owner: owner = '', Repo: repo = '', Branch: branch = '', OAuthToken: token } = properties;
    const fullRepositoryId = `${owner}/${repo}`;
    const repository = (await findRepository({ fullRepositoryId })) ?? {
      providerType: 'GitHub',
      remote: githubRemote(fullRepositoryId, token),
    };
    return { repositoryName: repo, branch: checkBranch(branch), repository };
  }
  const {
    ConnectionArn: connectionArn = '',
    FullRepositoryId: fullRepositoryId = '',
    BranchName: branch = '',
  } = properties;
  const repository = await findRepository({ fullRepositoryId, connectionArn });
  if (!repository) throw undeclared(`fullRepositoryId: ${fullRepositoryId}`, `repository '${fullRepositoryId}'`);
  return { repositoryName: fullRepositoryId, branch: checkBranch(branch), repository };
}

function githubRemote(fullRepositoryId: string, token: string | undefined): GitRemote {
  const url = `https://github.com/${fullRepositoryId}.git`;
  return token ? { url, credential: { username: 'x-access-token', password: token } } : { url };
}

function undeclared(member: string, what: string): JobFailure {
  return new JobFailure(
    'ConfigurationError',
    `Where the ${what} is has not been declared. Store a resource of the kind Repository with '${member}' and its url: millrace apply --file FILE.`,
  );
}

/** Names that Git accepts for branches; patterns and options are not among them. */
const branchName = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u;

function checkBranch(branch: string): string {
  if (branchName.test(branch)) return branch;
  throw new JobFailure('ConfigurationError', `'${branch}' cannot be the name of a branch.`);
}
