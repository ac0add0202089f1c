import { urlMistake } from '../git/remote.ts';
import { accessMembers, accessMistakes } from './git-access.ts';
import type { KindDescription } from './resource-kind.ts';

/** A Git repository that source actions name by their own properties. */
export const repository: KindDescription = {
  kind: 'Repository',
  section: 'repositories',
  documentation: 'A Git repository, for source actions of CodeCommit, GitHub and connections.',
  members: {
    url: {
      type: 'text',
      isRequired: true,
      documentation: 'Where it is: an http, https, ssh or file URL, or `user@host:path`, without credentials.',
      mistakeIn: (url) => urlMistake(url, { allowsFile: true }),
    },
    fullRepositoryId: {
      type: 'text',
      documentation: 'The `owner/name` by which connections and GitHub actions name it.',
      mistakeIn: (text) => (/^[^/\s]+(\/[^/\s]+)+$/.test(text) ? undefined : 'expected owner/name'),
    },
    connectionArn: {
      type: 'text',
      documentation: 'Only actions with this connection mean it; by default those with any.',
      mistakeIn: (text) => (text.startsWith('arn:') ? undefined : 'expected the ARN of a connection'),
    },
    providerType: { type: 'text', documentation: 'The `ProviderType` that connections report; default: `GitHub`.' },
    ...accessMembers,
    hookSecret: {
      type: 'text',
      isSecret: true,
      documentation: 'The secret of the webhook at the forge: 16 to 255 printable ASCII characters without spaces.',
      mistakeIn: (text) =>
        /^[\x21-\x7e]{16,255}$/.test(text) ? undefined : 'expected 16 to 255 printable ASCII characters without spaces',
    },
  },
  mistakesOf: (document) => (typeof document.url === 'string' ? accessMistakes(document.url, document) : []),
};
