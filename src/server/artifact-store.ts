import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import { createRoleSessions } from '../artifacts/gateway/assume-role.ts';
import { createExternalStore } from '../artifacts/gateway/external-store.ts';
import { createStoreConnection } from '../artifacts/gateway/store-connection.ts';
import { createGatewayEndpoint, createObjectEndpoint, type ObjectEndpoint } from '../artifacts/object-endpoint.ts';
import type { Config } from '../config/config.ts';
import { ServiceError } from '../contract/errors.ts';
import { sessionPolicyOf } from '../identity/policies/session-policy.ts';
import { jobCredentialLifetimeMs } from '../identity/secrets/job-credentials.ts';
import type { MasterKeys } from '../identity/secrets/master-key.ts';
import { createSealer } from '../identity/secrets/sealer.ts';
import { createRequestSigner } from '../identity/signatures/request-signer.ts';
import type { ObjectIndex } from '../store/objects/object-index.ts';

/** The object storage that the settings name. */
export interface ArtifactStore {
  endpoint: ObjectEndpoint;
  /** Present if workers get credentials of the external store instead of our own. */
  workerCredentials?: Dependencies['workerCredentials'];
  close(): void;
}

interface Surroundings {
  account: string;
  index: ObjectIndex;
  masterKeys: MasterKeys;
  now: () => number;
  isClockSteady: () => boolean;
  log: Logger;
}

/** Opens the local store in the data folder, or the gateway to the external one. */
export async function openArtifactStore(config: Config, around: Surroundings): Promise<ArtifactStore> {
  const { account, index, masterKeys, now, isClockSteady, log } = around;
  if (config.artifactStore === undefined) {
    const keySealer = createSealer(masterKeys, 'object data keys');
    const folder = join(config.data, 'objects');
    const sweeping = { percent: config.sweepPercent, isClockSteady };
    const endpoint = createObjectEndpoint({
      index,
      folder,
      keySealer,
      now,
      log,
      sweeping,
      serverNames: serverNamesOf(config),
    });
    return { endpoint, close: () => undefined };
  }
  const { artifactStoreRegion: region, artifactStoreBucketPrefix: bucketPrefix = '' } = config;
  const url = new URL(config.artifactStore);
  const credential = await readCredential(config);
  const connection = createStoreConnection(url);
  const store = createExternalStore({
    url,
    region,
    addressing: config.artifactStoreAddressing,
    bucketPrefix,
    account,
    connection,
    sign: createRequestSigner(credential, { region, service: 's3', now }),
  });
  const endpoint = createGatewayEndpoint(
    { store, passesEncryption: config.artifactStoreEncryption === 'pass' },
    serverNamesOf(config),
  );
  log.info({ url: url.href }, 'artifacts are in an external store');
  if (config.artifactStoreCredentials === 'own') return { endpoint, close: () => connection.close() };
  const stsUrl = new URL(config.artifactStoreSts ?? config.artifactStore);
  const stsConnection = createStoreConnection(stsUrl);
  const sign = createRequestSigner(credential, { region, service: 'sts', now });
  const assume = createRoleSessions(
    { url: stsUrl, roleArn: config.artifactStoreRole ?? '' },
    { connection: stsConnection, sign },
  );
  return {
    endpoint,
    workerCredentials: assumeForJobs(assume, log),
    close() {
      connection.close();
      stsConnection.close();
    },
  };
}

/** Returns the host names that clients may prepend a bucket to: those of the setting and that of the public URL. */
function serverNamesOf({ publicUrl, serverNames = [] }: Config): string[] {
  return publicUrl === undefined ? serverNames : [...serverNames, new URL(publicUrl).hostname];
}

/** Creates credentials of the store for exactly the objects of a job; a worker never gets any others instead. */
function assumeForJobs(
  assume: ReturnType<typeof createRoleSessions>,
  log: Logger,
): NonNullable<ArtifactStore['workerCredentials']> {
  return async (grant) => {
    const { jobId } = grant;
    try {
      return await assume({
        policy: sessionPolicyOf(grant),
        sessionName: jobId,
        durationSeconds: jobCredentialLifetimeMs / 1000,
      });
    } catch (error) {
      log.error({ jobId, err: error }, 'the artifact store issued no credentials for a job');
      throw new ServiceError(
        'ServiceUnavailable',
        `The artifact store gives no credentials for the job ${jobId} at present. Ask again.`,
      );
    }
  };
}

interface StoreKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

async function readCredential(config: Config): Promise<StoreKey> {
  const { artifactStoreAccessKeyId: accessKeyId, artifactStoreSecretAccessKey: secretAccessKey } = config;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  const file = config.artifactStoreKeyFile ?? '';
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The key of the artifact store cannot be read: ${reason}`, { cause: error });
  });
  const key = readKeyFile(text);
  if (key) return key;
  throw new Error(`${file} has no profile [default] with aws_access_key_id and aws_secret_access_key.`);
}

/** Reads the default profile of a file in AWS's format. */
function readKeyFile(text: string): StoreKey | undefined {
  const profile = text.split(/^\s*\[/m).find((section) => section.startsWith('default]')) ?? '';
  const settingOf = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, 'm').exec(profile)?.[1];
  const [accessKeyId, secretAccessKey] = [settingOf('aws_access_key_id'), settingOf('aws_secret_access_key')];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = settingOf('aws_session_token');
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
