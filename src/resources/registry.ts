import type { KindDescription } from './resource-kind.ts';

/** A registry of container images that ECR source actions read, and builds log in to. */
export const registry: KindDescription = {
  kind: 'Registry',
  section: 'registries',
  documentation: 'A registry of container images, for ECR source actions and `ecr:GetAuthorizationToken`.',
  members: {
    url: {
      type: 'text',
      isRequired: true,
      documentation:
        'Where it is: an http or https URL, without credentials; a path precedes the names of repositories.',
      mistakeIn: (url) => urlMistake(url),
    },
    repositories: {
      type: 'list',
      documentation: 'The repositories that it has: names, and `team/*` for all below; by default those of no other.',
    },
    username: { type: 'text', documentation: 'The user of the password.' },
    password: { type: 'text', isSecret: true, documentation: 'A password or token.' },
    tokenService: {
      type: 'text',
      documentation:
        'The only token service that gets the credentials; by default any with https, and the host of `url`.',
      mistakeIn: (url) => urlMistake(url),
    },
    registryId: {
      type: 'text',
      documentation:
        'The id, of twelve digits, by which `ecr:GetAuthorizationToken` finds it; without one, that of the account, if no other registry has that.',
      mistakeIn: (text) => (/^[0-9]{12}$/.test(text) ? undefined : 'expected twelve digits'),
    },
    onPush: {
      type: 'text',
      documentation:
        'What a pushed image does, which checks find: `start` starts the pipelines that have it as a source, `event` sends the events that Amazon ECR does, for rules. Without it nothing is checked.',
      mistakeIn: (text) => (text === 'start' || text === 'event' ? undefined : 'expected start or event'),
    },
  },
  mistakesOf({ repositories, username, password }) {
    const names = Array.isArray(repositories) ? repositories.filter((name) => typeof name === 'string') : [];
    const wrong = names.find((name) => !/^[a-z0-9][a-z0-9._/-]*(?<!\/)(\/\*)?$/.test(name));
    return [
      {
        member: 'repositories',
        isWrong: wrong !== undefined,
        mistake: `'${wrong}' is neither the name of a repository nor a name with '/*' at the end`,
      },
      { member: 'password', isWrong: password !== undefined && username === undefined, mistake: 'it needs a username' },
      { member: 'username', isWrong: username !== undefined && password === undefined, mistake: 'it needs a password' },
      {
        member: 'username',
        isWrong: typeof username === 'string' && /[:\p{Cc}]/u.test(username),
        mistake: 'it has a colon or a control character',
      },
    ].flatMap(({ member, isWrong, mistake }) => (isWrong ? { member, mistake } : []));
  },
};

/** Says why a URL can't be that of a registry or token service, as the end of a sentence; undefined if it can. */
function urlMistake(url: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return 'it has a space or a control character';
  if (!URL.canParse(url)) return 'it is not a URL';
  const { protocol, username, password, search, hash } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:')
    return `the scheme ${protocol.slice(0, -1)} is neither http nor https`;
  if (username !== '' || password !== '') {
    return 'it has a user name or a password: give credentials beside it, not in it';
  }
  return search === '' && hash === '' ? undefined : 'it has a query or a fragment';
}
