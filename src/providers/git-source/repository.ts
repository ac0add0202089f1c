import { isBranchName } from '../../git/ref-name.ts';
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

/** What finding a repository needs. */
type RepositoryTools = Pick<GitTools, 'findRepository' | 'connectionStatus'>;

/** Finds repository and branch that the properties of a source action mean. Throws `JobFailure` if none is declared. */
export async function findSource(
  provider: string,
  properties: Record<string, string>,
  tools: RepositoryTools,
): Promise<GitSource> {
  const found = await findRepository(provider, properties, tools);
  const { BranchName: branch = properties.Branch ?? '' } = properties;
  return { ...found, branch: checkBranch(branch) };
}

/** Finds the repository that the properties of a source action mean. Throws `JobFailure` if none is declared. */
export async function findRepository(
  provider: string,
  properties: Record<string, string>,
  { findRepository: find, connectionStatus }: RepositoryTools,
): Promise<Omit<GitSource, 'branch'>> {
  if (provider === 'CodeCommit') {
    const { RepositoryName: name = '' } = properties;
    const repository = await find({ name });
    if (!repository) throw undeclared(`name: ${name}`, `CodeCommit repository '${name}'`);
    return { repositoryName: name, repository };
  }
  if (provider === 'GitHub') {
    const { Owner: owner = '', Repo: repo = '', OAuthToken: token } = properties;
    const fullRepositoryId = `${owner}/${repo}`;
    const repository = (await find({ fullRepositoryId })) ?? {
      providerType: 'GitHub',
      remote: githubRemote(fullRepositoryId, token),
    };
    return { repositoryName: repo, repository };
  }
  const { ConnectionArn: connectionArn = '', FullRepositoryId: fullRepositoryId = '' } = properties;
  const repository = await find({ fullRepositoryId, connectionArn });
  if (!repository) throw notConnected(fullRepositoryId, connectionArn, await connectionStatus(connectionArn));
  return { repositoryName: fullRepositoryId, repository };
}

function githubRemote(fullRepositoryId: string, token: string | undefined): GitRemote {
  const url = `https://github.com/${fullRepositoryId}.git`;
  return token ? { url, credential: { username: 'x-access-token', password: token } } : { url };
}

/** Says why a connection does not lead to a repository. */
function notConnected(fullRepositoryId: string, arn: string, status: string | undefined): JobFailure {
  if (status === 'AVAILABLE') {
    return undeclared(`fullRepositoryId: ${fullRepositoryId}`, `repository '${fullRepositoryId}'`);
  }
  const trouble =
    status === undefined ? `There is no connection ${arn}` : `The connection ${arn} is not available: it is ${status}`;
  return new JobFailure(
    'ConfigurationError',
    `${trouble}. Store a resource of the kind Repository with 'fullRepositoryId: ${fullRepositoryId}' and its url, or of the kind Connection with this ARN: millrace apply --file FILE.`,
  );
}

function undeclared(member: string, what: string): JobFailure {
  return new JobFailure(
    'ConfigurationError',
    `Where the ${what} is has not been declared. Store a resource of the kind Repository with '${member}' and its url: millrace apply --file FILE.`,
  );
}

/** Returns a name that Git accepts for a branch. Throws `JobFailure` for others. */
export function checkBranch(branch: string): string {
  if (isBranchName(branch)) return branch;
  throw new JobFailure('ConfigurationError', `'${branch}' cannot be the name of a branch.`);
}
