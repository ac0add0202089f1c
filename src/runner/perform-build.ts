import type { Agent } from 'node:https';
import { join } from 'node:path';
import type { BuildRequest } from '../builds/build-request.ts';
import type { BuildResult } from '../builds/build-result.ts';
import { removeTree } from '../builds/remove-tree.ts';
import { runBuild } from '../builds/run-build.ts';
import { openCredentialsEndpoint, type RoleCredentials } from '../builds/services/credentials-endpoint.ts';
import { serviceEndpoints } from '../builds/services/service-endpoints.ts';
import { type CallService, serviceValues } from '../builds/services/service-values.ts';
import { limitsOfBuild, type OwnLimits } from '../cages/build-limits.ts';
import type { BuildCredentials, Job } from '../contract/generated.ts';
import { createGrowingMask } from '../masking/growing-mask.ts';
import type { StoredBuildArtifact } from '../model/build.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { Log } from '../worker/log.ts';
import { openArtifactTransfer } from '../worker/transfer/artifact-transfer.ts';
import { makeBuildFolders } from './build-folders.ts';
import { type BuildLease, keepLease } from './build-lease.ts';
import { type Claim, orderedParts } from './build-request.ts';
import { chooseCage, type RunnerCages } from './choose-cage.ts';
import { fetchSources } from './fetch-sources.ts';
import { localCacheFolder } from './local-cache.ts';
import type { Pace } from './pace-calls.ts';
import { type Outcome, reportEnd, toFault, toOutcome } from './report-end.ts';
import { createProgressReporter } from './report-progress.ts';
import { keepRoleCredentials } from './role-credentials.ts';
import { type RunnerApi, untilAnswered } from './runner-api.ts';
import { createLogSender, type LogSender } from './send-log.ts';
import { createSharedCache } from './shared-cache.ts';
import { storeArtifact } from './store-artifact.ts';

/** What builds need of their runner. */
export interface RunnerParts {
  api: RunnerApi;
  /** Makes the calls that append to logs, of all builds. */
  paceLogs: Pace;
  /** The URL of the server. */
  endpoint: string;
  /** Makes the connections for objects, if the server has a certificate of its own. */
  httpsAgent?: Agent;
  /** Calls another service of the server with given credentials, in a Region. */
  callService(credentials: RoleCredentials, region: string): CallService;
  cages: RunnerCages;
  archiveLimits: ArchiveLimits;
  limits: OwnLimits;
  workFolder: string;
  /** Keeps the LOCAL caches of projects. */
  cacheFolder: string;
  log: Log;
}

/** The services of the server, by the ids of their API models. */
const servedServices = [
  'CloudWatch Logs',
  'CodeBuild',
  'CodeConnections',
  'CodePipeline',
  'CodeStar connections',
  'ECR',
  'EventBridge',
  'S3',
  'Secrets Manager',
  'SSM',
  'STS',
];

/** How long a build that ended waits for the server to take its end. */
const reportForMs = 10 * 60 * 1000;

/** How long a runner that ends tries to give a build back. */
const releaseForMs = 2000;

/** Performs a claimed build and reports its end. Never rejects; `signal` ends the build and gives it back. */
export async function performBuild(claim: Claim, parts: RunnerParts, signal: AbortSignal): Promise<void> {
  const { api, log, paceLogs } = parts;
  const { buildArn, fence, id } = claim;
  const lease = keepLease(claim, { api });
  const sender = createLogSender((chunk) =>
    untilAnswered(() => paceLogs(() => api.putLog({ buildArn, fence, ...chunk }, signal)), signal),
  );
  log.info({ build: id, attempt: claim.attempt }, 'runs a build');
  try {
    if (claim.attempt > 1)
      await sender.write([`This is attempt ${claim.attempt}: the runner before did not finish the build.`]);
    const outcome = await outcomeOf(claim, { parts, lease, sender, signal });
    await sender.close();
    if (lease.endedBy() === 'lost') {
      log.warn({ build: id }, 'a build ended without a report: it is not of this runner any more');
      return;
    }
    if (signal.aborted) {
      // A server that is gone offers it when the lease ends.
      await api.release({ buildArn, fence }, AbortSignal.timeout(releaseForMs));
      log.info({ build: id }, 'a build was given back, for another runner to begin it again');
      return;
    }
    const late = AbortSignal.any([signal, AbortSignal.timeout(reportForMs)]);
    const { status } = await reportEnd(api, { buildArn, fence }, outcome, late);
    log.info({ build: id, status }, 'a build ended');
  } catch (error) {
    log.error({ build: id, err: error }, 'the end of a build could not be reported');
  } finally {
    await lease.close();
  }
}

interface Performing {
  parts: RunnerParts;
  lease: BuildLease;
  sender: LogSender;
  signal: AbortSignal;
}

async function outcomeOf(claim: Claim, performing: Performing): Promise<Outcome> {
  const artifacts: StoredBuildArtifact[] = [];
  try {
    return { ...toOutcome(await runClaimed(claim, performing, artifacts)), artifacts };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    performing.parts.log.warn({ build: claim.id, err: error }, 'a build could not be run');
    await performing.sender.write([message]);
    return toFault(message);
  }
}

async function runClaimed(
  claim: Claim,
  { parts, lease, sender, signal }: Performing,
  artifacts: StoredBuildArtifact[],
): Promise<BuildResult> {
  const { api, archiveLimits: limits, cacheFolder, cages, callService, endpoint, workFolder } = parts;
  const { attempt, buildArn, fence, id, order, region } = claim;
  const { cage, image, note } = await chooseCage(order, cages);
  const ended = AbortSignal.any([signal, lease.signal]);
  const secondary = order.secondarySources.map(({ identifier }) => identifier);
  const folders = await makeBuildFolders(workFolder, { id, attempt, secondary });
  const transfer = openTransfer(claim, lease, parts);
  const mask = createGrowingMask();
  const role = keepRoleCredentials(claim.roleCredentials, lease);
  const credentials = await openCredentialsEndpoint(role.read, mask);
  const sharedFolder = join(folders.root, 'cache');
  const caching = { transfer, limits, scratch: folders.downloads, folder: sharedFolder, signal: ended };
  const shared = createSharedCache(order, caching);
  const keptIn = shared ? sharedFolder : localCacheFolder(claim, cacheFolder);
  try {
    await sender.write([note]);
    const result = await runBuild({
      ...orderedParts(claim),
      mark: folders.mark,
      folders: folders.build,
      async fetchSources(log) {
        const buildspec = await fetchSources(order, { folders, transfer, limits, signal: ended }, log);
        await shared?.restore(log);
        return buildspec;
      },
      onPhase: createProgressReporter((phases) => api.putProgress({ buildArn, fence, phases }, ended)),
      serviceVariables: { ...serviceEndpoints(endpoint, servedServices), ...credentials.variables },
      values: serviceValues(async (...call) => callService(await role.read(), region)(...call)),
      cage,
      isPrivileged: order.isPrivileged,
      limits: limitsOfBuild(order.computeType, parts.limits),
      ...(image !== undefined && { image }),
      ...(keptIn !== undefined && { cacheFolder: keptIn }),
      mask,
      write: sender.write,
      now: Date.now,
      signal: ended,
      async store(built) {
        artifacts.push(await storeArtifact(built, order, { transfer, signal: ended }));
      },
    } satisfies BuildRequest);
    const stored = result.status === 'SUCCEEDED' ? await shared?.store() : undefined;
    if (stored !== undefined) await sender.write([stored]);
    return result;
  } finally {
    transfer.close();
    await credentials.close();
    await removeFolder(folders.root, parts.log);
  }
}

function openTransfer(
  { artifactCredentials, id, order, region }: Claim,
  lease: BuildLease,
  { endpoint, httpsAgent, log }: RunnerParts,
) {
  const dataOf = (credentials: BuildCredentials | undefined): Job['data'] => ({
    ...(credentials && { artifactCredentials: credentials }),
    ...(order.encryptionKey !== undefined && { encryptionKey: { id: order.encryptionKey, type: 'KMS' } }),
  });
  return openArtifactTransfer({
    job: { id, data: dataOf(artifactCredentials) },
    refresh: async () => ({ id, data: dataOf((await lease.renewCredentials()).artifactCredentials) }),
    endpoint,
    ...(httpsAgent && { httpsAgent }),
    region,
    log,
  });
}

async function removeFolder(folder: string, log: Log): Promise<void> {
  try {
    await removeTree(folder);
  } catch (error) {
    log.warn({ folder, err: error }, 'the folder of a build could not be removed; the next start tries again');
  }
}
