import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import type { Config } from '../config/config.ts';
import { quotasOf } from '../config/quotas.ts';
import { createAccessKeys } from '../identity/access-keys/access-key.ts';
import type { Role } from '../identity/roles/role-declaration.ts';
import { createJobCredentials } from '../identity/secrets/job-credentials.ts';
import type { MasterKeys } from '../identity/secrets/master-key.ts';
import { createSealer } from '../identity/secrets/sealer.ts';
import { masterKeyRotation } from '../installation/installation.ts';
import { createLogHome } from '../logs/log-home.ts';
import { createJobQueue } from '../queue/job-queue.ts';
import type { Store } from '../store/store.ts';
import { artifactContents } from './artifact-content.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { openBlockStore } from './log-blocks.ts';
import type { RoleSessions } from './role-sessions.ts';
import { logUnobeyedMembers } from './warnings.ts';

interface Components {
  store: Store;
  account: string;
  masterKeys: MasterKeys;
  artifacts: ArtifactStore;
  declaredRoles: Role[];
  sessions: Pick<RoleSessions, 'services'>;
  publicUrl: () => string;
  now: () => number;
  longestSleepMs: number;
  log: Logger;
}

/** Creates what the operations need. */
export function createDependencies(config: Config, components: Components): Dependencies {
  const { store, account, masterKeys, artifacts, declaredRoles, sessions, publicUrl, now, longestSleepMs, log } =
    components;
  const sealer = createSealer(masterKeys);
  const jobCredentials = createJobCredentials(masterKeys);
  const jobQueue = createJobQueue(store, { now, maxAgeMs: longestSleepMs });
  store.handOffTo(jobQueue);
  return {
    publicUrl,
    store,
    sealer,
    accessKeys: createAccessKeys({ store: store.accessKeys, sealer, now }),
    homeAccount: account,
    rotateMasterKey: masterKeyRotation(config, masterKeys, now),
    jobCredentials,
    artifactContents: artifactContents(config.artifactStore ?? 'data folder', artifacts.endpoint.objects),
    logs: createLogHome({
      logs: store.logs,
      blocks: openBlockStore(artifacts.endpoint, config.logBucket),
      onUnsealed: (logId, err) =>
        log.warn({ logId, err }, 'a block of a log could not be stored and stays in the database'),
    }),
    workerCredentials: artifacts.workerCredentials ?? (async (grant) => jobCredentials.mintJobCredentials(grant)),
    serviceSessions: sessions.services,
    now,
    newId: randomUUID,
    declarationSaved: (pipeline, declaration) => logUnobeyedMembers(pipeline, declaration, log),
    jobQueue,
    settings: {
      leaseMs: config.leaseSeconds * 1000,
      continuationDelayMs: config.continuationDelaySeconds * 1000,
      maxPollBatchSize: config.maxPollBatchSize,
      quotas: quotasOf(config),
      jobLogBytes: config.jobLogMib * 1024 * 1024,
      buildLogBytes: config.buildLogMib * 1024 * 1024,
      assumableRoles: config.strictRoles === 'on' ? new Set(declaredRoles.map(({ arn }) => arn)) : undefined,
    },
  };
}
