import { expect, test } from 'vitest';
import { readConfig, readDataFolder, settings } from './config.ts';
import { ConfigurationError, type Setting } from './setting.ts';
import { workerSettings } from './worker.ts';

function problemsOf(flags: Record<string, unknown>, env: Record<string, string> = {}): string[] {
  try {
    readConfig({ flags, env });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

test('without options all settings have their defaults, and account and root key are unset', () => {
  expect(readConfig({ flags: {}, env: {} })).toEqual({
    artifactStoreAddressing: 'path',
    artifactStoreCredentials: 'own',
    artifactStoreEncryption: 'ignore',
    artifactStoreRegion: 'us-east-1',
    allowProcessBuilds: 'off',
    data: '.millrace',
    databaseConnections: 10,
    databaseTimeoutSeconds: 15,
    gitCacheMib: 5120,
    host: '127.0.0.1',
    port: 7090,
    quotaActionsPerPipeline: 1000,
    quotaActionsPerStage: 50,
    quotaCustomActionTypes: 50,
    quotaEventRules: 300,
    quotaTargetsPerRule: 5,
    quotaParallelActions: 5,
    quotaPipelines: 1000,
    quotaPollingPipelines: 300,
    quotaRunningExecutions: 50,
    quotaStages: 50,
    quotaTagsPerResource: 50,
    quotaWebhooks: 300,
    strictRoles: 'off',
    version2Urls: 'on',
    sweepPercent: 10,
    region: 'us-east-1',
    runner: 'local',
    jobLogMib: 10,
    buildLogMib: 64,
    leaseSeconds: 30,
    continuationDelaySeconds: 1,
    sourceCheckSeconds: 60,
    triggerFiles: 100,
    skipCi: 'off',
    maxPollBatchSize: 100,
    pollWaitSeconds: 0,
    historyDays: 365,
    eventDays: 7,
    archiveEntries: 100_000,
    archiveMib: 20_480,
    archiveRatio: 200,
    maxConnections: 20_000,
    metrics: 'loopback',
    logLevel: 'info',
    logFormat: 'auto',
  });
});

test('an option overrides the environment, the environment the default, and an empty variable counts as unset', () => {
  const env = { MILLRACE_PORT: '8000', MILLRACE_REGION: 'eu-west-1', MILLRACE_HOST: '' };
  const config = readConfig({ flags: { port: '9000' }, env });
  expect(config).toMatchObject({ port: 9000, region: 'eu-west-1', host: '127.0.0.1' });
});

test('an invalid database URL is not shown, because it may contain a password', () => {
  const env = { MILLRACE_DATABASE_URL: 'mysql://me:s3cret@127.0.0.1/millrace' };
  expect(() => readConfig({ flags: {}, env })).toThrow(
    'MILLRACE_DATABASE_URL: invalid value: expected a URL such as postgres://user:password@host:5432/millrace.',
  );
});

test('the variable Kubernetes sets for a Service called millrace is not the port', () => {
  expect(readConfig({ flags: {}, env: { MILLRACE_PORT: 'tcp://10.0.0.1:7090' } }).port).toBe(7090);
});

test('all invalid options are listed together, by their source, with what was expected', () => {
  const flags = { port: '70900', host: 'http://localhost', account: '123', leaseSeconds: '0', pollWaitSeconds: '21' };
  const env = { MILLRACE_REGION: 'Mars', MILLRACE_MAX_POLL_BATCH_SIZE: '1.5', MILLRACE_LOG_LEVEL: 'loud' };
  expect(problemsOf(flags, env)).toEqual([
    "--host: invalid value 'http://localhost': expected a host name or an IP address alone, such as 127.0.0.1 or 0.0.0.0.",
    "--port: invalid value '70900': expected a whole number from 0 to 65535 (0 takes any free port).",
    "--account: invalid value '123': expected an account id of exactly twelve digits, such as 123456789012.",
    "MILLRACE_REGION: invalid value 'Mars': expected a region name such as us-east-1.",
    "--lease-seconds: invalid value '0': expected a number with at most three decimals from 0.1 to 86400 (seconds).",
    "MILLRACE_MAX_POLL_BATCH_SIZE: invalid value '1.5': expected a whole number from 1 to 1000 (jobs).",
    "--poll-wait-seconds: invalid value '21': expected a number with at most three decimals from 0 to 20 (seconds).",
    "MILLRACE_LOG_LEVEL: invalid value 'loud': expected one of trace, debug, info, warn, error, fatal, silent.",
  ]);
});

test.each(['', ' 7090', '0x10', '-1', '1e3', '7090.5', '65536'])('port %j is rejected', (port) => {
  expect(problemsOf({ port })).toHaveLength(1);
});

test('both halves of the root key are required', () => {
  const id = { MILLRACE_ROOT_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00' };
  const secret = { MILLRACE_ROOT_SECRET_ACCESS_KEY: 'a-secret-of-forty-characters-0123456789+' };
  expect(readConfig({ flags: {}, env: { ...id, ...secret } })).toMatchObject({
    rootAccessKeyId: 'AKIAEXAMPLEEXAMPLE00',
    rootSecretAccessKey: 'a-secret-of-forty-characters-0123456789+',
  });
  expect(problemsOf({}, id)).toEqual([expect.stringMatching(/^MILLRACE_ROOT_SECRET_ACCESS_KEY: missing/)]);
  expect(problemsOf({}, secret)).toEqual([expect.stringMatching(/^MILLRACE_ROOT_ACCESS_KEY_ID: missing/)]);
});

test('certificate and key are both required', () => {
  const both = { tlsCert: 'cert.pem', tlsKey: 'key.pem' };
  expect(readConfig({ flags: both, env: {} })).toMatchObject(both);
  expect(problemsOf({ tlsCert: 'cert.pem' })).toEqual([expect.stringMatching(/^--tls-key: missing/)]);
  expect(problemsOf({}, { MILLRACE_TLS_KEY: 'key.pem' })).toEqual([expect.stringMatching(/^--tls-cert: missing/)]);
});

test('metrics are for this machine, for all, or off', () => {
  expect(readConfig({ flags: { metrics: 'all' }, env: {} }).metrics).toBe('all');
  expect(problemsOf({ metrics: 'public' })).toEqual([
    "--metrics: invalid value 'public': expected one of loopback, all, off.",
  ]);
});

test('an invalid secret is never shown, and no option takes one', () => {
  const env = { MILLRACE_ROOT_ACCESS_KEY_ID: 'ASIAEXAMPLEEXAMPLE00', MILLRACE_ROOT_SECRET_ACCESS_KEY: 'too short' };
  const problems = problemsOf({ rootSecretAccessKey: 'from an option' }, env);
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain('too short');
  expect(problems[0]).toContain('ASIA');
});

test('the data folder can be read although other settings are invalid', () => {
  expect(readDataFolder({ flags: {}, env: { MILLRACE_DATA: '/srv/mill', MILLRACE_PORT: 'x' } })).toBe('/srv/mill');
  expect(() => readDataFolder({ flags: { data: '' }, env: {} })).toThrow(ConfigurationError);
});

test('an option is its setting’s name in kebab case, as the option parser expects', () => {
  const tables: Record<string, Setting>[] = [settings, workerSettings];
  for (const [name, { option }] of tables.flatMap((table) => Object.entries(table))) {
    if (option !== undefined)
      expect(option).toBe(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  }
});

test('contradicting settings of an artifact store are reported with advice', () => {
  const problems = (flags: Record<string, string>) => problemsOf({ artifactStore: 'http://127.0.0.1:1', ...flags });
  expect(problems({})).toEqual([expect.stringContaining('MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID')]);
  const withKey = { artifactStoreKeyFile: 'keys' };
  expect(problems(withKey)).toEqual([]);
  expect(problems({ ...withKey, artifactStore: 'http://host/path' })).toEqual([
    expect.stringContaining('without a path'),
  ]);
  expect(problems({ ...withKey, artifactStoreCredentials: 'assume-role', artifactStoreBucketPrefix: 'a-' })).toEqual([
    expect.stringContaining('--artifact-store-role'),
    expect.stringContaining('leave the prefix out'),
  ]);
});
