import { urlMistake } from '../git/remote.ts';
import { isConnectionArn } from '../model/connection.ts';
import type { Resource } from '../model/resource.ts';
import { accessMembers, accessMistakes } from './git-access.ts';
import type { KindDescription } from './resource-kind.ts';

/** The kinds of hosts that connections lead to, as AWS names them. */
const providerTypes: readonly string[] = [
  'AzureDevOps',
  'Bitbucket',
  'GitHub',
  'GitHubEnterpriseServer',
  'GitLab',
  'GitLabSelfManaged',
];

/** A connection that source actions name by its ARN. */
export const connection: KindDescription = {
  kind: 'Connection',
  section: 'connections',
  documentation:
    'A connection that source actions name, created here or at AWS: declared, it is `AVAILABLE`. Its repositories are those of a host, or resources of the kind Repository.',
  members: {
    arn: {
      type: 'text',
      isRequired: true,
      documentation: 'Its ARN, `arn:aws:codeconnections:…` or `arn:aws:codestar-connections:…`, of any account.',
      mistakeIn: (text) => (isConnectionArn(text) ? undefined : 'expected the ARN of a connection'),
    },
    providerType: {
      type: 'text',
      documentation: `The kind of its host: ${providerTypes.join(', ')}; default: \`GitHub\`.`,
      mistakeIn: (text) => (providerTypes.includes(text) ? undefined : `expected one of ${providerTypes.join(', ')}`),
    },
    url: {
      type: 'text',
      documentation:
        'Where its repositories are: `FullRepositoryId` and `.git` follow it. By default github.com, gitlab.com or bitbucket.org, for their provider types.',
      mistakeIn: (url) => urlMistake(repositoryUrl(url, 'owner/name'), { allowsFile: true }),
    },
    ...accessMembers,
  },
  mistakesOf: (document) => {
    const url = hostUrlOf(document);
    return url === undefined ? [] : accessMistakes(repositoryUrl(url, 'owner/name'), document);
  },
};

const hostUrls: Readonly<Record<string, string>> = {
  GitHub: 'https://github.com/',
  GitLab: 'https://gitlab.com/',
  Bitbucket: 'https://bitbucket.org/',
};

function hostUrlOf(document: Record<string, unknown>): string | undefined {
  if (typeof document.url === 'string') return document.url;
  const { providerType = 'GitHub' } = document;
  return typeof providerType === 'string' && Object.hasOwn(hostUrls, providerType) ? hostUrls[providerType] : undefined;
}

/** Parts of names that no host has, such as `..`, could lead to other places of the host. */
const repositoryId = /^(?!.*(?:^|\/)[.-])[\w.-]+(?:\/[\w.-]+)+$/;

/**
 * Returns the URL of a repository of a declared connection; undefined if the connection has no host, or a host can have no
 * such name.
 */
export function connectedUrl(document: Resource['document'], fullRepositoryId: string): string | undefined {
  const url = hostUrlOf(document);
  return url !== undefined && repositoryId.test(fullRepositoryId) ? repositoryUrl(url, fullRepositoryId) : undefined;
}

/** A host without a scheme, such as `git@host`, is for SSH; YAML would not take a colon at its end. */
function repositoryUrl(hostUrl: string, fullRepositoryId: string): string {
  const separator = /[/:]$/.test(hostUrl) ? '' : hostUrl.includes(':') ? '/' : ':';
  return `${hostUrl}${separator}${fullRepositoryId}.git`;
}

/** Returns the kind of host of a declared connection. */
export function providerTypeOf({ providerType = 'GitHub' }: Resource['document']): string {
  return String(providerType);
}

/**
 * Reports whether actions can use a connection: it is declared itself, or a repository is, for this connection or for
 * any.
 */
export function isAvailable(arn: string, { repositories, connections }: Declared): boolean {
  return (
    connections.some(({ document }) => document.arn === arn) ||
    repositories.some(({ document: { fullRepositoryId, connectionArn } }) =>
      connectionArn === undefined ? fullRepositoryId !== undefined : connectionArn === arn,
    )
  );
}

/** The resources that are declared in an account and Region. */
interface Declared {
  repositories: readonly Resource[];
  connections: readonly Resource[];
}
