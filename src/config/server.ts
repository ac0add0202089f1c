import {
  filePath,
  logFormats,
  logLevels,
  numberBetween,
  oneOf,
  orWord,
  parseAccessKeyId,
  textMatching,
} from './parsers.ts';
import { inGroup } from './setting.ts';

/** Data folder, address and account. */
export const installationSettings = inGroup('Server:', {
  data: {
    env: 'MILLRACE_DATA',
    option: '--data',
    placeholder: 'folder',
    default: '.millrace',
    parse: textMatching(/^[^\0]+$/, 'the path of a folder'),
    description: 'Folder for all durable state; created on the first start.',
  },
  host: {
    env: 'MILLRACE_HOST',
    option: '--host',
    placeholder: 'address',
    default: '127.0.0.1',
    parse: textMatching(/^[0-9A-Za-z.:_-]+$/, 'a host name or an IP address alone, such as 127.0.0.1 or 0.0.0.0'),
    description: 'Address to listen on; 0.0.0.0 listens on every IPv4 address of the machine.',
  },
  port: {
    env: 'MILLRACE_PORT',
    option: '--port',
    placeholder: 'number',
    default: '7090',
    parse: numberBetween(0, 65535, '0 takes any free port'),
    description: 'Port to listen on; 0 takes any free port.',
  },
  account: {
    env: 'MILLRACE_ACCOUNT',
    option: '--account',
    placeholder: 'digits',
    parse: textMatching(/^\d{12}$/, 'an account id of exactly twelve digits, such as 123456789012'),
    description: 'Account id of twelve digits; generated on the first start and kept in the data folder.',
  },
  region: {
    env: 'MILLRACE_REGION',
    option: '--region',
    placeholder: 'name',
    default: 'us-east-1',
    parse: textMatching(/^(?=.{4,30}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a region name such as us-east-1'),
    description: 'Region of unsigned requests and of time-driven work; a signed call belongs to the region it names.',
  },
  resources: {
    env: 'MILLRACE_RESOURCES',
    option: '--resources',
    placeholder: 'file',
    parse: filePath,
    description: 'YAML file of resources, such as repositories, which are stored at each start; see resources.md.',
  },
  gitCacheMib: {
    env: 'MILLRACE_GIT_CACHE_MIB',
    option: '--git-cache-mib',
    placeholder: 'mebibytes',
    default: '5120',
    parse: numberBetween(1, 1024 * 1024, '5120 is 5 GiB'),
    description:
      'Disk space for copies of Git repositories; those used longest ago are removed first, and one that is larger cannot be read.',
  },
  rootAccessKeyId: {
    env: 'MILLRACE_ROOT_ACCESS_KEY_ID',
    placeholder: 'id',
    parse: parseAccessKeyId,
    description:
      'Access key id of the root user, 16 to 128 letters, digits or underscores; generated if neither half is set.',
  },
  rootSecretAccessKey: {
    env: 'MILLRACE_ROOT_SECRET_ACCESS_KEY',
    placeholder: 'secret',
    parse: textMatching(/^[\x21-\x7e]{20,128}$/, '20 to 128 printable ASCII characters without spaces'),
    description: 'Secret half of the root access key, 20 to 128 printable characters without spaces.',
  },
  newInstallation: {
    env: 'MILLRACE_NEW_INSTALLATION',
    option: '--new-installation',
    placeholder: 'name',
    parse: textMatching(/^[\w-]{1,64}$/, 'the name given by the message of the refused start'),
    description:
      'Start over in a data folder whose database is lost; the name is that of the old installation, whose files are moved to `set-aside-<name>`. See operating.md.',
  },
});

/** How long a server keeps data, and how it serves and logs. */
export const serverSettings = inGroup('Server:', {
  historyDays: {
    env: 'MILLRACE_HISTORY_DAYS',
    option: '--history-days',
    placeholder: 'days',
    default: '365',
    parse: orWord('forever', numberBetween(1, 36_500, 'days')),
    description: 'How long ended executions and their artifacts are kept; `forever` keeps all. See operating.md.',
  },
  eventDays: {
    env: 'MILLRACE_EVENT_DAYS',
    option: '--event-days',
    placeholder: 'days',
    default: '7',
    parse: numberBetween(1, 365, 'days'),
    description: 'How long events are kept for readers that fall behind, at most as long as the history.',
  },
  sweepPercent: {
    env: 'MILLRACE_SWEEP_PERCENT',
    option: '--sweep-percent',
    placeholder: 'percent',
    default: '10',
    parse: numberBetween(0, 100, 'percent'),
    description:
      'Most object files, in percent of all, that a sweep sets aside because no row names them; if there are more, it stops and logs an error.',
  },
  tlsCert: {
    env: 'MILLRACE_TLS_CERT',
    option: '--tls-cert',
    placeholder: 'file',
    parse: filePath,
    description: 'Certificate to serve HTTPS with, in PEM format and followed by its chain; requires `--tls-key`.',
  },
  tlsKey: {
    env: 'MILLRACE_TLS_KEY',
    option: '--tls-key',
    placeholder: 'file',
    parse: filePath,
    description: 'Private key of the certificate, in PEM format and without a passphrase.',
  },
  maxConnections: {
    env: 'MILLRACE_MAX_CONNECTIONS',
    option: '--max-connections',
    placeholder: 'number',
    default: '20000',
    parse: numberBetween(1, 1_000_000, ''),
    description:
      'Most open connections, one for each held poll; further ones are closed immediately. One address may hold at most three quarters of them. If the limit of open files allows fewer, a warning is logged at start.',
  },
  metrics: {
    env: 'MILLRACE_METRICS',
    option: '--metrics',
    placeholder: 'audience',
    default: 'loopback',
    parse: oneOf(['loopback', 'all', 'off']),
    description:
      'Who may read `/-/metrics`, which needs no signature: loopback (clients on this machine), all, or off.',
  },
  logLevel: {
    env: 'MILLRACE_LOG_LEVEL',
    option: '--log-level',
    placeholder: 'level',
    default: 'info',
    parse: oneOf(logLevels),
    description: `How much is logged to standard error: ${logLevels.join(', ')}.`,
  },
  logFormat: {
    env: 'MILLRACE_LOG_FORMAT',
    option: '--log-format',
    placeholder: 'format',
    default: 'auto',
    parse: oneOf(logFormats),
    description: 'Format of the log: text, json, or auto (text on a terminal, else json).',
  },
});
