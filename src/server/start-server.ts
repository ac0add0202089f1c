import { uptime } from 'node:os';
import type { Logger } from 'pino';
import { announceStored } from '../artifacts/object-endpoint.ts';
import type { Config } from '../config/config.ts';
import type { Limits } from '../http/limits.ts';
import { createAuthenticator } from '../identity/signatures/authenticator.ts';
import { forgetProfile, profilePath, writeProfile } from '../installation/data-folder.ts';
import { loadOrCreateRootKey, withEnvironmentKey } from '../installation/installation.ts';
import { openInstallation } from '../installation/open-installation.ts';
import type { SourceFolder } from '../local-runs/source-folder.ts';
import { createClockGuard } from '../scheduler/clock-guard.ts';
import { openArtifactStore } from './artifact-store.ts';
import { startBackground } from './background.ts';
import { replaceBuiltInTypes } from './built-in-types.ts';
import { storeDeclaredResources } from './declared-resources.ts';
import { readRoles } from './declared-roles.ts';
import { createDependencies } from './dependencies.ts';
import { watchRules } from './event-rules.ts';
import { openGitTools } from './git-tools.ts';
import { announceServer, loadTls, openPort, urlOf } from './port.ts';
import { createRoleSessions } from './role-sessions.ts';
import { createRunnerKey, type RunnerKey } from './runner-key.ts';
import { followUploads } from './uploaded-sources.ts';

/** A server that accepts requests; `close` stops it cleanly. */
export interface RunningServer {
  url: string;
  account: string;
  region: string;
  /** Resolves with the reason when the server has lost its data folder and can't go on. */
  lost: Promise<string>;
  /** The ready AWS profile, mode 0600. */
  profileFile: string;
  /** Creates a key for a runner of builds that lives as long as this server. */
  createRunnerKey(): Promise<RunnerKey>;
  /** Reads certificate and key again; rejects, changing nothing, when they can't be used. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Unlike the clock of the process, this one doesn't stop while the machine sleeps. */
const upMs = () => uptime() * 1000;

/** What tests can replace. */
export interface Environment {
  now?: () => number;
  /** A clock that is never set, in ms. */
  elapsed?: () => number;
  /** The longest sleep of background loops, and the longest age of what is cached from the database. */
  longestSleepMs?: number;
  /** Limits of the port. */
  limits?: Partial<Limits>;
  /** Returns the number of log lines lost so far. */
  countDroppedLogLines?: () => number;
  /** Folders that source actions read, by the names of the actions, in place of what they name. */
  sourceFolders?: ReadonlyMap<string, SourceFolder>;
}

/**
 * Builds the components, connects them and starts them. What was opened is closed in reverse order, by `close` or when
 * a later step fails.
 */
export async function startServer(config: Config, log: Logger, environment: Environment = {}): Promise<RunningServer> {
  const {
    now = Date.now,
    elapsed = upMs,
    longestSleepMs = 5000,
    limits = {},
    countDroppedLogLines = () => 0,
    sourceFolders,
  } = environment;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    return {
      ...(await start(
        config,
        log,
        { now, elapsed, longestSleepMs, limits, countDroppedLogLines, sourceFolders },
        closers,
      )),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: Config,
  log: Logger,
  {
    now,
    elapsed,
    longestSleepMs,
    limits,
    countDroppedLogLines,
    sourceFolders,
  }: Required<Omit<Environment, 'sourceFolders'>> & Pick<Environment, 'sourceFolders'>,
  closers: (() => Promise<void> | void)[],
): Promise<Omit<RunningServer, 'close'>> {
  const { data, region } = config;
  const tls = await loadTls(config, { log, now });
  const { store, account, masterKeys, lost } = await openInstallation(config, { now, longestSleepMs, log }, closers);
  const isClockSteady = createClockGuard({ now, elapsed, log });
  const declaredRoles = await readRoles(config, account, log);
  const artifacts = await openArtifactStore(config, {
    account,
    index: store.objects,
    masterKeys,
    now,
    isClockSteady,
    log,
  });
  closers.push(() => artifacts.close());
  const wantedEvents = watchRules(store, { now, maxAgeMs: longestSleepMs });
  const { objects } = artifacts.endpoint;
  const endpoint = announceStored(artifacts.endpoint, followUploads({ store, objects, wantedEvents, now, log }));
  const sessions = createRoleSessions(config, { declaredRoles, masterKeys, now });
  let url = '';
  const parts = createDependencies(config, {
    store,
    account,
    masterKeys,
    artifacts: { ...artifacts, endpoint },
    declaredRoles,
    sessions,
    publicUrl: () => config.publicUrl ?? url,
    now,
    longestSleepMs,
    log,
  });
  const root = await loadOrCreateRootKey(config, account, parts.accessKeys);
  if (root) await writeProfile(data, root);
  else await forgetProfile(data, config.rootAccessKeyId);
  await replaceBuiltInTypes(store);
  await store.holdReserve();
  await storeDeclaredResources(config, parts, log);
  const gitOf = await openGitTools(config, parts);
  const background = { parts, endpoint, gitOf, config, declaredRoles, isClockSteady, longestSleepMs, log };
  startBackground({ ...background, ...(sourceFolders && { sourceFolders }) }, closers);
  const authenticator = createAuthenticator({
    accessKeys: withEnvironmentKey(parts.accessKeys, config, account),
    jobCredentials: parts.jobCredentials,
    roles: sessions,
    now,
    version2Region: config.version2Urls === 'on' ? region : undefined,
  });
  const served = { authenticator, roles: sessions.roles, parts, endpoint, log, tls, limits, countDroppedLogLines };
  const http = await openPort(config, served);
  closers.push(() => http.close());
  url = urlOf(config, http, tls);
  const reload = await announceServer(config, { url, account }, { http, tls, log, now });
  const runnerKey = async (): Promise<RunnerKey> => {
    const key = await createRunnerKey(parts.accessKeys, { account, port: new URL(url).port });
    closers.push(async () => void (await parts.accessKeys.delete(account, key.accessKeyId)));
    return key;
  };
  return { url, account, region, profileFile: profilePath(data), lost, createRunnerKey: runnerKey, reload };
}
