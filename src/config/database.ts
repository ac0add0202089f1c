import { numberBetween, type Parsed, parseServerUrl, type Setting, textMatching } from './parsers.ts';

/** The settings of an installation whose state is in a PostgreSQL database. */
export interface DatabaseConfig {
  /** `postgres://…`; without it the state is in the data folder. */
  databaseUrl?: string;
  databaseConnections: number;
  databaseTimeoutSeconds: number;
  /** The file with the master keys, where it is not in the data folder. */
  masterKeys?: string;
  /** Where clients and webhook senders reach this server, or the load balancer before it. */
  publicUrl?: string;
  /** Further host names of this server, in lower case. */
  serverNames?: string[];
}

/** Their rows of the table of settings. */
export const databaseSettings: { [Name in keyof DatabaseConfig]-?: Setting<NonNullable<DatabaseConfig[Name]>> } = {
  databaseUrl: {
    env: 'MILLRACE_DATABASE_URL',
    flag: '--database-url',
    placeholder: 'url',
    isSecret: true,
    parse: parseDatabaseUrl,
    sentence:
      'PostgreSQL database (`postgres://user:password@host:port/name`) that keeps the state instead of the data folder; see operating.md.',
  },
  databaseConnections: {
    env: 'MILLRACE_DATABASE_CONNECTIONS',
    flag: '--database-connections',
    placeholder: 'number',
    default: '10',
    parse: numberBetween(2, 1000, 'connections'),
    sentence: 'Most connections to the database that this server works with; one more listens for other nodes.',
  },
  databaseTimeoutSeconds: {
    env: 'MILLRACE_DATABASE_TIMEOUT_SECONDS',
    flag: '--database-timeout-seconds',
    placeholder: 'seconds',
    default: '15',
    parse: numberBetween(1, 3600, 'seconds', 3),
    sentence: 'How long a database statement may take before the call fails with `ServiceUnavailable`.',
  },
  masterKeys: {
    env: 'MILLRACE_MASTER_KEYS',
    flag: '--master-keys',
    placeholder: 'file',
    parse: textMatching(/^[^\0]+$/, 'the path of a file'),
    sentence:
      'File of the master keys, the same for all nodes of one database; `master-keys.json` in the data folder by default.',
  },
  publicUrl: {
    env: 'MILLRACE_PUBLIC_URL',
    flag: '--public-url',
    placeholder: 'url',
    parse: parseServerUrl,
    sentence:
      'URL under which clients reach this server, for example behind a load balancer; used in webhook URLs and in the output of `millrace env`. S3 clients may put a bucket before its host name.',
  },
  serverNames: {
    env: 'MILLRACE_SERVER_NAMES',
    flag: '--server-names',
    placeholder: 'names',
    parse: parseServerNames,
    sentence:
      'Further host names of this server, separated by commas: S3 clients may put a bucket before each, as in `bucket.mill.example.org`.',
  },
};

function parseServerNames(text: string): Parsed<string[]> {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const isName = (name: string) =>
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
  return names.every(isName)
    ? { value: names }
    : { problem: 'give host names separated by commas, such as mill.example.org,mill' };
}

function parseDatabaseUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isDatabase = url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
  return isDatabase ? { value: text } : { problem: 'give a URL such as postgres://user:password@host:5432/millrace' };
}
