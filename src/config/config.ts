import { archiveSettings } from './archives.ts';
import { artifactStoreProblems, artifactStoreSettings } from './artifact-store.ts';
import { buildSettings } from './builds.ts';
import { databaseSettings } from './database.ts';
import { jobSettings } from './jobs.ts';
import { quotaSettings } from './quotas.ts';
import { rightsSettings } from './rights.ts';
import { installationSettings, serverSettings } from './server.ts';
import {
  ConfigurationError,
  findText,
  readSettings,
  type Setting,
  type SettingSources,
  type Values,
} from './setting.ts';
import { sourceSettings } from './sources.ts';

const table = {
  ...installationSettings,
  ...jobSettings,
  ...buildSettings,
  ...sourceSettings,
  ...rightsSettings,
  ...serverSettings,
  ...databaseSettings,
  ...archiveSettings,
  ...artifactStoreSettings,
  ...quotaSettings,
};

/** What a running server needs to know; members without a default may stay unset. */
export type Config = Values<typeof table>;

/** Every setting of the server, in the order of help and documentation. */
export const settings: { [Name in keyof Config]-?: Setting & { env: string } } = table;

/** Settings that are set together or not at all. */
const pairs = [
  {
    halves: ['rootAccessKeyId', 'rootSecretAccessKey'],
    advice: 'set both halves of the root access key, or neither to have one generated',
  },
  {
    halves: ['artifactStoreAccessKeyId', 'artifactStoreSecretAccessKey'],
    advice: 'set both halves of the key of the artifact store, or name a file that has them',
  },
  { halves: ['tlsCert', 'tlsKey'], advice: 'set certificate and key to serve HTTPS, or neither to serve HTTP' },
] as const;

function halfPairProblems(sources: SettingSources): string[] {
  return pairs.flatMap(({ halves, advice }) => {
    const missing = halves.filter((name) => findText(name, settings[name], sources) === undefined);
    if (missing.length !== 1) return [];
    return missing.map((name) => `${settings[name].option ?? settings[name].env}: missing; ${advice}.`);
  });
}

/** Reads only the named settings, so that no other invalid setting stops a command. */
export function readChosen<Name extends keyof Config>(names: Name[], sources: SettingSources): Pick<Config, Name> {
  const chosen = Object.fromEntries(names.map((name) => [name, settings[name]]));
  const { values, problems } = readSettings(chosen, sources);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as unknown as Pick<Config, Name>;
}

/** Reads the data folder that a command works on. */
export function readDataFolder(sources: SettingSources): string {
  return readChosen(['data'], sources).data;
}

/** Reads every setting; throws one `ConfigurationError` that lists all invalid ones. */
export function readConfig(sources: SettingSources): Config {
  const { values, problems } = readSettings(table, sources);
  problems.push(...halfPairProblems(sources), ...artifactStoreProblems(values));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as Config;
}
