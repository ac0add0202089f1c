import { filePath, numberBetween, type Parsed, parseServerUrl } from './parsers.ts';
import { inGroup } from './setting.ts';

/** Settings of an installation whose state is in a PostgreSQL database. */
export const databaseSettings = inGroup('Database and nodes:', {
  databaseUrl: {
    env: 'MILLRACE_DATABASE_URL',
    option: '--database-url',
    placeholder: 'url',
    isSecret: true,
    parse: parseDatabaseUrl,
    description:
      'PostgreSQL database (`postgres://user:password@host:port/name`) that keeps the state instead of the data folder; see operating.md.',
  },
  databaseConnections: {
    env: 'MILLRACE_DATABASE_CONNECTIONS',
    option: '--database-connections',
    placeholder: 'number',
    default: '10',
    parse: numberBetween(2, 1000, 'connections'),
    description: 'Most connections to the database; one more listens for notifications of other nodes.',
  },
  databaseTimeoutSeconds: {
    env: 'MILLRACE_DATABASE_TIMEOUT_SECONDS',
    option: '--database-timeout-seconds',
    placeholder: 'seconds',
    default: '15',
    parse: numberBetween(1, 3600, 'seconds', 3),
    description: 'How long a database statement may take before the call fails with `ServiceUnavailable`.',
  },
  masterKeys: {
    env: 'MILLRACE_MASTER_KEYS',
    option: '--master-keys',
    placeholder: 'file',
    parse: filePath,
    description:
      'File of the master keys, the same for all nodes of one database; `master-keys.json` in the data folder unless set.',
  },
  publicUrl: {
    env: 'MILLRACE_PUBLIC_URL',
    option: '--public-url',
    placeholder: 'url',
    parse: parseServerUrl,
    description:
      'URL under which clients reach this server, for example behind a load balancer; used in the URLs of webhooks and hooks and in the output of `millrace env`. S3 clients may put a bucket in front of its host name.',
  },
  serverNames: {
    env: 'MILLRACE_SERVER_NAMES',
    option: '--server-names',
    placeholder: 'names',
    parse: parseServerNames,
    description:
      'Further host names of this server, separated by commas; S3 clients may put a bucket in front of each, as in `bucket.mill.example.org`.',
  },
});

function parseServerNames(text: string): Parsed<string[]> {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const isName = (name: string) =>
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
  return names.every(isName)
    ? { value: names }
    : { expected: 'host names separated by commas, such as mill.example.org,mill' };
}

function parseDatabaseUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isDatabase = url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
  return isDatabase ? { value: text } : { expected: 'a URL such as postgres://user:password@host:5432/millrace' };
}
