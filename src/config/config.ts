import { type ArchiveConfig, archiveSettings } from './archives.ts';
import { type ArtifactStoreConfig, artifactStoreProblems, artifactStoreSettings } from './artifact-store.ts';
import { type DatabaseConfig, databaseSettings } from './database.ts';
import { type JobConfig, jobSettings } from './jobs.ts';
import {
  type LogFormat,
  type LogLevel,
  logFormats,
  logLevels,
  numberBetween,
  oneOf,
  orWord,
  parseAccessKeyId,
  type Setting,
  textMatching,
} from './parsers.ts';
import { type QuotaConfig, quotaSettings } from './quotas.ts';
import { type RightsConfig, rightsSettings } from './rights.ts';

/**
 * Every setting of the server is one row of the table below. The command line's options, the environment variables,
 * their checks and `docs/configuration.md` all come from it, so a setting cannot be half there.
 */

const metricsAudiences = ['loopback', 'all', 'off'] as const;

/** What a running server needs to know. Optional members are generated on the first start when absent. */
export interface Config
  extends QuotaConfig,
    ArchiveConfig,
    ArtifactStoreConfig,
    JobConfig,
    DatabaseConfig,
    RightsConfig {
  /** Folder of the state, relative to the current folder unless absolute. */
  data: string;
  host: string;
  /** 0 asks the system for any free port. */
  port: number;
  account?: string;
  region: string;
  /** Present exactly when `rootSecretAccessKey` is. */
  rootAccessKeyId?: string;
  rootSecretAccessKey?: string;
  /** Name of the installation whose things a start may set aside. */
  newInstallation?: string;
  historyDays: number | 'forever';
  /** Share of the object files that one sweep may set aside. */
  sweepPercent: number;
  /** PEM files; `tlsKey` is present exactly when `tlsCert` is. */
  tlsCert?: string;
  tlsKey?: string;
  maxConnections: number;
  metrics: (typeof metricsAudiences)[number];
  logLevel: LogLevel;
  logFormat: LogFormat;
}

/** The settings, in the order in which help and documentation show them. */
export const settings: { [Name in keyof Config]-?: Setting<NonNullable<Config[Name]>> } = {
  data: {
    env: 'MILLRACE_DATA',
    flag: '--data',
    placeholder: 'folder',
    default: '.millrace',
    parse: textMatching(/^[^\0]+$/, 'the path of a folder'),
    sentence: 'Folder for all durable state; created on the first start.',
  },
  host: {
    env: 'MILLRACE_HOST',
    flag: '--host',
    placeholder: 'address',
    default: '127.0.0.1',
    parse: textMatching(/^[0-9A-Za-z.:_-]+$/, 'a host name or an IP address alone, such as 127.0.0.1 or 0.0.0.0'),
    sentence: 'Address to listen on; 0.0.0.0 listens on every IPv4 address of the machine.',
  },
  port: {
    env: 'MILLRACE_PORT',
    flag: '--port',
    placeholder: 'number',
    default: '7090',
    parse: numberBetween(0, 65535, '0 takes any free port'),
    sentence: 'Port to listen on; 0 takes any free port.',
  },
  account: {
    env: 'MILLRACE_ACCOUNT',
    flag: '--account',
    placeholder: 'digits',
    parse: textMatching(/^\d{12}$/, 'an account id of exactly twelve digits, such as 123456789012'),
    sentence: 'Account id of twelve digits; generated on the first start and kept in the data folder.',
  },
  region: {
    env: 'MILLRACE_REGION',
    flag: '--region',
    placeholder: 'name',
    default: 'us-east-1',
    parse: textMatching(/^(?=.{4,30}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a region name such as us-east-1'),
    sentence: 'Region of unsigned requests and of time-driven work; a signed call belongs to the region it names.',
  },
  rootAccessKeyId: {
    env: 'MILLRACE_ROOT_ACCESS_KEY_ID',
    placeholder: 'id',
    parse: parseAccessKeyId,
    sentence:
      'Access key id of the root user, 16 to 128 letters, digits or underscores; generated when neither half is given.',
  },
  rootSecretAccessKey: {
    env: 'MILLRACE_ROOT_SECRET_ACCESS_KEY',
    placeholder: 'secret',
    parse: textMatching(/^[\x21-\x7e]{20,128}$/, '20 to 128 printable ASCII characters without spaces'),
    sentence: 'Secret half of the root access key, 20 to 128 printable characters without spaces.',
  },
  newInstallation: {
    env: 'MILLRACE_NEW_INSTALLATION',
    flag: '--new-installation',
    placeholder: 'name',
    parse: textMatching(/^[\w-]{1,64}$/, 'the name that the refusal of a start has given'),
    sentence:
      'Start over in a data folder whose database is lost: names the installation whose files are moved to `set-aside-<name>`. See operating.md.',
  },
  ...jobSettings,
  historyDays: {
    env: 'MILLRACE_HISTORY_DAYS',
    flag: '--history-days',
    placeholder: 'days',
    default: '365',
    parse: orWord('forever', numberBetween(1, 36_500, 'days')),
    sentence: 'How long ended executions and their artifacts are kept; `forever` keeps all. See operating.md.',
  },
  sweepPercent: {
    env: 'MILLRACE_SWEEP_PERCENT',
    flag: '--sweep-percent',
    placeholder: 'percent',
    default: '10',
    parse: numberBetween(0, 100, 'percent'),
    sentence:
      'Most object files without a row, in percent of all, that one sweep sets aside; if there are more, it stops with an error in the log.',
  },
  ...rightsSettings,
  tlsCert: {
    env: 'MILLRACE_TLS_CERT',
    flag: '--tls-cert',
    placeholder: 'file',
    parse: textMatching(/^[^\0]+$/, 'the path of a file'),
    sentence: 'Certificate to serve HTTPS with, in PEM form and followed by its chain; needs the key as well.',
  },
  tlsKey: {
    env: 'MILLRACE_TLS_KEY',
    flag: '--tls-key',
    placeholder: 'file',
    parse: textMatching(/^[^\0]+$/, 'the path of a file'),
    sentence: 'Private key of the certificate, in PEM form and without a passphrase.',
  },
  maxConnections: {
    env: 'MILLRACE_MAX_CONNECTIONS',
    flag: '--max-connections',
    placeholder: 'number',
    default: '20000',
    parse: numberBetween(1, 1_000_000, ''),
    sentence:
      'Most open connections, one for each held poll; further ones are closed at once. One address holds at most three quarters of them; the limit of open files may allow fewer, which is logged as a warning at start.',
  },
  metrics: {
    env: 'MILLRACE_METRICS',
    flag: '--metrics',
    placeholder: 'audience',
    default: 'loopback',
    parse: oneOf(metricsAudiences),
    sentence:
      'Who may read `/-/metrics`, which asks for no signature: loopback (clients on this machine), all, or off.',
  },
  logLevel: {
    env: 'MILLRACE_LOG_LEVEL',
    flag: '--log-level',
    placeholder: 'level',
    default: 'info',
    parse: oneOf(logLevels),
    sentence: `How much is logged to standard error: ${logLevels.join(', ')}.`,
  },
  logFormat: {
    env: 'MILLRACE_LOG_FORMAT',
    flag: '--log-format',
    placeholder: 'format',
    default: 'auto',
    parse: oneOf(logFormats),
    sentence: 'Form of the log: text (lines to read), json (a line each), or auto (text on a terminal, else json).',
  },
  ...databaseSettings,
  ...archiveSettings,
  ...artifactStoreSettings,
  ...quotaSettings,
};

/** Wrong options: one entry in `problems` for each, naming the option and what to write instead. */
export class ConfigurationError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(
      problems.length === 1 ? String(problems[0]) : [`${problems.length} options are wrong:`, ...problems].join('\n  '),
    );
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** Where settings come from: option values by setting name, and the process environment. Options win. */
export interface ConfigSources {
  flags: Record<string, unknown>;
  env: Record<string, string | undefined>;
}

interface Given {
  text: string;
  source: string;
}

function givenText(name: string, setting: Setting, { flags, env }: ConfigSources): Given | undefined {
  const flag = setting.flag === undefined ? undefined : flags[name];
  if (setting.flag !== undefined && typeof flag === 'string') return { text: flag, source: setting.flag };
  const text = env[setting.env];
  // Kubernetes sets MILLRACE_PORT=tcp://… in every pod beside a Service called millrace; that is no setting of ours.
  if (text === undefined || text === '' || text.startsWith('tcp://')) return undefined;
  return { text, source: setting.env };
}

/** Reads the named settings; the members of the ones that may stay unset are absent, not undefined. */
function readSettings(
  names: string[],
  sources: ConfigSources,
): { values: Record<string, unknown>; problems: string[] } {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, setting] of Object.entries<Setting>(settings)) {
    const given = givenText(name, setting, sources);
    const text = given?.text ?? setting.default;
    if (!names.includes(name) || text === undefined) continue;
    const parsed = setting.parse(text);
    // A secret has no flag and is never repeated, not even when it is wrong.
    const shown = setting.flag === undefined || setting.isSecret ? 'the value' : `'${text}'`;
    if ('value' in parsed) values[name] = parsed.value;
    else problems.push(`${given?.source ?? setting.env}: ${shown} will not do; ${parsed.problem}.`);
  }
  return { values, problems };
}

/** Settings that come together or not at all. */
const pairs = [
  {
    halves: ['rootAccessKeyId', 'rootSecretAccessKey'],
    advice: 'set both halves of the root access key, or neither to have one made',
  },
  {
    halves: ['artifactStoreAccessKeyId', 'artifactStoreSecretAccessKey'],
    advice: 'set both halves of the key of the artifact store, or name a file that has them',
  },
  { halves: ['tlsCert', 'tlsKey'], advice: 'give certificate and key to serve HTTPS, or neither to serve HTTP' },
] as const;

function halfPairProblems(sources: ConfigSources): string[] {
  return pairs.flatMap(({ halves, advice }) => {
    const missing = halves.filter((name) => givenText(name, settings[name], sources) === undefined);
    if (missing.length !== 1) return [];
    return missing.map((name) => {
      const { flag, env }: Setting = settings[name];
      return `${flag ?? env}: it is missing; ${advice}.`;
    });
  });
}

/** The settings that a command needs, alone, so that no other wrong setting stands in the way. */
export function readChosen<Name extends keyof Config>(names: Name[], sources: ConfigSources): Pick<Config, Name> {
  const { values, problems } = readSettings(names, sources);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as Pick<Config, Name>;
}

/** Folder the other commands look into. */
export function readDataFolder(sources: ConfigSources): string {
  return readChosen(['data'], sources).data;
}

/** Reads every setting; throws one `ConfigurationError` that lists all wrong options at once, each with its fix. */
export function readConfig(sources: ConfigSources): Config {
  const { values, problems } = readSettings(Object.keys(settings), sources);
  problems.push(...halfPairProblems(sources), ...artifactStoreProblems(values as Partial<Config>));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as unknown as Config;
}
