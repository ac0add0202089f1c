import { isConnectionArn } from '../model/connection.ts';
import type { Resource } from '../model/resource.ts';
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
    'A connection that source actions name, created here or at AWS: declared, it is `AVAILABLE`. Its repositories are resources of the kind Repository.',
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
  },
};

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
