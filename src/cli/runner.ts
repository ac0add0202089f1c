import { once } from 'node:events';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { OwnLimits } from '../cages/build-limits.ts';
import { archiveLimitsOf } from '../config/archives.ts';
import type { LogFormat } from '../config/parsers.ts';
import { type RunnerConfig, runnerSettings } from '../config/runner.ts';
import { ConfigurationError, readSettings } from '../config/setting.ts';
import type { RunnerSetting } from '../runner/run-runner.ts';
import type { Log } from '../worker/log.ts';
import { settingOption } from './options.ts';
import { callService, type OwnApiPlace, sendOwnApi } from './own-api.ts';
import { pinnedAgent } from './server-request.ts';
import { type CommandContext, untilStopped } from './terminal.ts';

/** What `millrace runner` needs of the program. */
interface RunnerContext extends CommandContext {
  log(format: LogFormat): Log;
}

/** What a server hands to the runner that it started. */
export interface HandedKeys {
  accessKeyId: string;
  secretAccessKey: string;
  /** PEM of its certificate, which a later line may replace. */
  certificate?: string;
}

/** Adds `millrace runner`, which runs until a signal, or until the server that started it has ended. */
export function addRunner(program: Command, { terminal, log, finish }: RunnerContext): void {
  const command = program
    .command('runner')
    .description('Run the builds of projects and pipelines for a server; see docs/runner.md');
  for (const setting of Object.values(runnerSettings)) command.addOption(settingOption(setting));
  command.action(async (flags: Record<string, unknown>) => {
    const config = readRunnerConfig(flags, terminal.env);
    const { handed, ended } = terminal.env[handedKeysVariable] ? await readHandedKeys() : {};
    const runnerLog = log(config.logFormat);
    const stopped = untilStopped(terminal, { signals: ['SIGTERM', 'SIGINT', 'SIGHUP'] });
    const { runRunner } = await import('../runner/run-runner.ts');
    const runner = await runRunner(await settingOf(config, { env: terminal.env, handed, log: runnerLog }));
    // Without its server a runner can neither keep nor report its builds.
    void ended?.then(() => runner.stopNow());
    const end = await Promise.race([stopped, ended ?? stopped]);
    runnerLog.info({ ...(end && { signal: end }) }, 'stopping');
    await runner.stop();
    finish(0);
  });
}

/** Says that `HandedKeys` come as lines of JSON on standard input, which ends with the server; a later line replaces members. */
export const handedKeysVariable = 'MILLRACE_RUNNER_KEYS_FROM_STDIN';

async function readHandedKeys(): Promise<{ handed: HandedKeys; ended: Promise<undefined> }> {
  const lines = createInterface({ input: process.stdin });
  const ended = once(lines, 'close').then(() => undefined);
  const first = await Promise.race([once(lines, 'line'), ended]);
  if (!first) throw new Error('the server ended before it handed over keys');
  const handed = JSON.parse(String(first[0])) as HandedKeys;
  lines.on('line', (line) => Object.assign(handed, JSON.parse(line)));
  return { handed, ended };
}

function readRunnerConfig(flags: Record<string, unknown>, env: Record<string, string | undefined>): RunnerConfig {
  const { values, problems } = readSettings(runnerSettings, {
    flags: { ...flags, region: flags.region || undefined },
    env,
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as RunnerConfig;
}

async function settingOf(
  config: RunnerConfig,
  { env, handed, log }: { env: Record<string, string | undefined>; handed: HandedKeys | undefined; log: Log },
): Promise<RunnerSetting> {
  const { createRunnerApi } = await import('../runner/runner-api.ts');
  const { allowProcessBuilds, cage, concurrency, containerNetwork, endpoint, image = [], onlyCage, region } = config;
  const keysOf = handed ? async () => handed : await sdkKeys(region);
  const placeOf = (
    { accessKeyId, secretAccessKey, sessionToken }: OwnApiPlace['keys'],
    inRegion = region,
  ): OwnApiPlace => ({
    url: endpoint,
    region: inRegion,
    keys: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    ...(handed?.certificate !== undefined && { certificate: handed.certificate }),
  });
  return {
    api: createRunnerApi(async (operation, input, signal) =>
      sendOwnApi(placeOf(await keysOf()), operation, input, signal),
    ),
    callService: (credentials, inRegion) => (service, operation, input) =>
      callService(placeOf(credentials, inRegion), { service, target: `${targets[service]}.${operation}`, input }),
    endpoint,
    ...(handed?.certificate !== undefined && { httpsAgent: pinnedAgent(() => handed.certificate ?? '') }),
    name: config.name ?? `${hostname()}/${process.pid}`,
    concurrency,
    stopGraceMs: config.stopGrace * 1000,
    archiveLimits: archiveLimitsOf(config),
    allowsProcesses: allowProcessBuilds === 'on',
    images: image,
    limits: ownLimitsOf(config),
    environment: env,
    workRoot: config.workFolder ?? join(tmpdir(), `millrace-runner-${userInfo().uid}`),
    log,
    ...(cage && { preferred: cage }),
    ...(containerNetwork !== undefined && { containerNetwork }),
    ...(onlyCage && { onlyCages: onlyCage }),
  };
}

function ownLimitsOf({ buildMemoryMib, buildProcessors, buildProcesses, buildDiskGib }: RunnerConfig): OwnLimits {
  return {
    processes: buildProcesses,
    ...(buildMemoryMib !== undefined && { memoryMib: buildMemoryMib }),
    ...(buildProcessors !== undefined && { processors: buildProcessors }),
    ...(buildDiskGib !== undefined && { diskGib: buildDiskGib }),
  };
}

const targets = { ssm: 'AmazonSSM', secretsmanager: 'secretsmanager' };

/** Returns the keys of this machine's AWS settings, as its SDK finds them. */
async function sdkKeys(region: string): Promise<() => Promise<OwnApiPlace['keys']>> {
  // On Node.js 20 the SDK warns that its future versions need a newer one; this package pins its version.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ region });
  return () => client.config.credentials();
}
