import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import { policyWarnings } from '../api/millrace/policy-warnings.ts';
import type { ObjectEndpoint } from '../artifacts/object-endpoint.ts';
import { builtInActionTypes } from '../catalogue/action-types.ts';
import { builtInRuleTypes } from '../catalogue/rule-types.ts';
import { archiveLimitsOf } from '../config/archives.ts';
import type { Config } from '../config/config.ts';
import { quotasOf } from '../config/quotas.ts';
import type { Limits } from '../http/limits.ts';
import { createAccessKeys } from '../identity/access-keys/access-key.ts';
import { createJobRights } from '../identity/roles/job-rights.ts';
import { parseRoles, type Role } from '../identity/roles/role-declaration.ts';
import { createRoles } from '../identity/roles/roles.ts';
import { createJobCredentials } from '../identity/secrets/job-credentials.ts';
import { createSealer } from '../identity/secrets/sealer.ts';
import { createAuthenticator } from '../identity/signatures/authenticator.ts';
import { forgetProfile, profilePath, writeProfile } from '../installation/data-folder.ts';
import { loadOrCreateRootKey, masterKeyRotation, withEnvironmentKey } from '../installation/installation.ts';
import { openInstallation } from '../installation/open-installation.ts';
import { actionTypeKey, type JobTypeId, ruleTypeId } from '../model/action-type.ts';
import { providers } from '../providers/index.ts';
import { createJobQueue } from '../queue/job-queue.ts';
import { createClockGuard } from '../scheduler/clock-guard.ts';
import { endOverdue } from '../scheduler/deadlines.ts';
import { createLoop } from '../scheduler/loop.ts';
import { logUnsentNotifications } from './approval-notices.ts';
import { artifactContents } from './artifact-content.ts';
import { openArtifactStore } from './artifact-store.ts';
import { builtInWorkers } from './built-in-workers.ts';
import { lifecycleLoop } from './lifecycle-loop.ts';
import { announceServer, loadTls, openPort } from './port.ts';
import { retentionLoop } from './retention-loop.ts';
import { bindRoleObjects } from './role-objects.ts';
import { sourceCheckLoop } from './source-check-loop.ts';
import { logUnobeyedMembers, startUnobeyedNotices } from './unobeyed-notices.ts';
import { unpolledLoop } from './unpolled-loop.ts';

/** How often files that no row names are looked for: only a killed process leaves any, and it sweeps when it starts. */
const sweepIntervalMs = 10 * 60 * 1000;

/** Between two parts of a sweep over many files. */
const sweepPauseMs = 1000;

/** A server that answers requests; `close` stops it cleanly. */
export interface RunningServer {
  url: string;
  account: string;
  region: string;
  /** Resolves with the reason when the server can serve no longer: its data folder was taken from it. */
  lost: Promise<string>;
  /** The ready AWS profile, mode 0600. */
  profileFile: string;
  /** Reads certificate and key again; rejects, changing nothing, when they can't be used. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Unlike the process's own clock it goes on while the machine sleeps. */
const upMs = () => uptime() * 1000;

/** What a test may replace. */
export interface Environment {
  now?: () => number;
  /** Time that passes while the process runs, in ms, whatever happens to the clock. */
  elapsed?: () => number;
  /** How long background loops sleep at most before they look at the clock again. */
  longestSleepMs?: number;
  /** Limits of the port, as small as a test likes. */
  limits?: Partial<Limits>;
  /** Lines of the log that were lost so far. */
  countDroppedLogLines?: () => number;
}

/**
 * Builds the parts, introduces them to each other and starts them. What was opened is closed again, in reverse order,
 * by `close` and when a later step fails.
 */
export async function startServer(config: Config, log: Logger, environment: Environment = {}): Promise<RunningServer> {
  const {
    now = Date.now,
    elapsed = upMs,
    longestSleepMs = 5000,
    limits = {},
    countDroppedLogLines = () => 0,
  } = environment;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  try {
    return {
      ...(await start(config, log, { now, elapsed, longestSleepMs, limits, countDroppedLogLines }, closers)),
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
  { now, elapsed, longestSleepMs, limits, countDroppedLogLines }: Required<Environment>,
  closers: (() => Promise<void> | void)[],
): Promise<Omit<RunningServer, 'close'>> {
  const { data, region } = config;
  const tls = await loadTls(config, { log, now });
  const { store, account, masterKeys, lost } = await openInstallation(config, { now, longestSleepMs, log }, closers);
  const isClockSteady = createClockGuard({ now, elapsed, log });
  const declaredRoles = await readRoles(config, account, log);
  let url = '';
  const jobCredentials = createJobCredentials(masterKeys);
  const artifacts = await openArtifactStore(config, {
    account,
    index: store.objects,
    masterKeys,
    now,
    isClockSteady,
    log,
  });
  closers.push(() => artifacts.close());
  const { endpoint } = artifacts;
  const sealer = createSealer(masterKeys);
  const accessKeys = createAccessKeys({ store: store.accessKeys, sealer, now });
  const parts: Dependencies = {
    publicUrl: () => config.publicUrl ?? url,
    store,
    sealer,
    accessKeys,
    homeAccount: account,
    rotateMasterKey: masterKeyRotation(config, masterKeys, now),
    jobCredentials,
    artifactContents: artifactContents(config.artifactStore ?? 'data folder', endpoint.objects),
    workerCredentials: artifacts.workerCredentials ?? (async (grant) => jobCredentials.mintJobCredentials(grant)),
    now,
    newId: randomUUID,
    declarationSaved: (pipeline, declaration) => logUnobeyedMembers(pipeline, declaration, log),
    jobQueue: createJobQueue(store, { now, maxAgeMs: longestSleepMs }),
    settings: settingsOf(config, declaredRoles),
  };
  const root = await loadOrCreateRootKey(config, account, accessKeys);
  if (root) await writeProfile(data, root);
  else await forgetProfile(data, config.rootAccessKeyId);
  await store.actionTypes.replaceBuiltIn(markUnperformed(builtInActionTypes, ({ id }) => id));
  await store.ruleTypes.replace(markUnperformed(builtInRuleTypes, ({ id }) => ruleTypeId(id)));

  await store.holdReserve();
  startSweep(endpoint, { now, log, longestSleepMs, isClockSteady }, closers);
  startBackground(parts, endpoint, { config, log, longestSleepMs, isClockSteady, declaredRoles }, closers);
  const roles = createRoles({ roles: declaredRoles, masterKeys, now });
  const authenticator = createAuthenticator({
    accessKeys: withEnvironmentKey(accessKeys, config, account),
    jobCredentials,
    roles,
    now,
    version2Region: config.version2Urls === 'on' ? region : undefined,
  });
  const served = { authenticator, roles, parts, endpoint, log, tls, limits, countDroppedLogLines };
  const http = await openPort(config, served);
  closers.push(() => http.close());
  url = `${tls ? 'https' : 'http'}://${urlHost(config.host)}:${http.port}`;
  const reload = await announceServer(config, { url, account }, { http, tls, log, now });
  return { url, account, region, profileFile: profilePath(data), lost, reload };
}

/** The rights of jobs under the roles that are declared. */
function jobRights(roles: Role[], { strictRoles }: Config): ReturnType<typeof createJobRights> {
  return createJobRights({ roles, isStrict: strictRoles === 'on' });
}

/** The settings operations look at. */
function settingsOf(config: Config, declaredRoles: Role[]): Dependencies['settings'] {
  return {
    leaseMs: config.leaseSeconds * 1000,
    continuationDelayMs: config.continuationDelaySeconds * 1000,
    maxPollBatchSize: config.maxPollBatchSize,
    quotas: quotasOf(config),
    jobLogBytes: config.jobLogMib * 1024 * 1024,
    assumableRoles: config.strictRoles === 'on' ? new Set(declaredRoles.map(({ arn }) => arn)) : undefined,
  };
}

function startSweep(
  endpoint: ObjectEndpoint,
  around: { now: () => number; log: Logger; longestSleepMs: number; isClockSteady: () => boolean },
  closers: (() => Promise<void> | void)[],
): void {
  const lifecycles = lifecycleLoop(endpoint, around);
  lifecycles.start();
  closers.push(() => lifecycles.stop());
  const sweep = createLoop({
    name: 'object sweep',
    async runOnce() {
      return (await endpoint.sweep()) ? around.now() + sweepPauseMs : undefined;
    },
    now: around.now,
    longestSleepMs: sweepIntervalMs,
    log: around.log,
  });
  sweep.start();
  closers.push(() => sweep.stop());
}

function startBackground(
  parts: Dependencies,
  { objects }: ObjectEndpoint,
  around: {
    config: Config;
    log: Logger;
    longestSleepMs: number;
    isClockSteady: () => boolean;
    declaredRoles: Role[];
  },
  closers: (() => Promise<void> | void)[],
): void {
  const { config, log, longestSleepMs, isClockSteady, declaredRoles } = around;
  const { now, store } = parts;
  logUnsentNotifications(store, log);
  closers.push(startUnobeyedNotices(store, log));
  const deadlines = createLoop({
    name: 'deadlines',
    runOnce: (at) => endOverdue(store, at),
    now,
    longestSleepMs,
    log,
  });
  deadlines.start();
  closers.push(() => deadlines.stop());
  const retention = retentionLoop({ store, objects }, config, { now, longestSleepMs, isClockSteady, log });
  retention.start();
  closers.push(() => retention.stop());
  const unpolled = unpolledLoop(parts, log);
  unpolled.start();
  closers.push(() => unpolled.stop());
  const objectsOf = bindRoleObjects(objects, jobRights(declaredRoles, config), store.jobs);
  const sourceChecks = sourceCheckLoop({ store, objectsOf }, { now, longestSleepMs, log });
  sourceChecks.start();
  closers.push(() => sourceChecks.stop());
  for (const worker of builtInWorkers(parts, objectsOf, { archiveLimits: archiveLimitsOf(config), log })) {
    worker.start();
    closers.push(() => worker.stop());
  }
}

/** The types of a catalogue; those without a provider are accepted in declarations and fail when they run. */
function markUnperformed<Definition, Type extends { definition: Definition; lacksProvider?: true }>(
  types: readonly Type[],
  idOf: (definition: Type['definition']) => JobTypeId,
): Type[] {
  const performed = new Set(providers.map(({ actionTypeId }) => actionTypeKey(actionTypeId)));
  return types.map((type) =>
    performed.has(actionTypeKey(idOf(type.definition))) ? type : { ...type, lacksProvider: true as const },
  );
}

/** The roles that STS AssumeRole can give, as the file of the settings declares them. */
async function readRoles({ roles: file }: Config, account: string, log: Logger): Promise<Role[]> {
  if (file === undefined) return [];
  try {
    const roles = parseRoles(await readFile(file, 'utf8'), account);
    for (const { arn, policies } of roles) {
      for (const warning of policyWarnings(policies)) log.warn({ role: arn }, warning);
    }
    return roles;
  } catch (error) {
    throw new Error(`The roles in ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** An address that clients on this machine can use. Never `localhost`: some SDKs put the bucket before it (clients 37). */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === 'localhost') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
