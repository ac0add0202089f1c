import { randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeObjectFolders, requireObjectFolders } from '../artifacts/local/object-folders.ts';
import type { Config } from '../config/config.ts';
import { ServiceError } from '../contract/errors.ts';
import type { AccessKeys } from '../identity/access-keys/access-key.ts';
import { loadOrCreateMasterKeys, type MasterKeys, rotateMasterKeys } from '../identity/secrets/master-key.ts';
import { createSealer, SealError } from '../identity/secrets/sealer.ts';
import type { Store } from '../store/store.ts';
import { findFolderId, findInstallationId, folderIdFile, loadOrCreateFolderId, writeInstallationId } from './ids.ts';

/** Returns the installation's account, which its first start sets. Throws if the options name a different one. */
export async function loadOrCreateAccount({ account, data }: Config, store: Store): Promise<string> {
  const generated = String(randomInt(10 ** 11, 10 ** 12));
  const stored = await store.keepSetting('account', account ?? generated);
  if (account !== undefined && account !== stored) {
    throw new Error(
      `The data folder ${data} belongs to account ${stored}, not ${account}. Leave --account out, or name another folder.`,
    );
  }
  return stored;
}

/** The settings that locate the master keys and the secrets sealed with them. */
type KeyLocation = Pick<Config, 'data' | 'masterKeys' | 'databaseUrl'>;

/** Returns the path of the master key file. */
export function masterKeysPath({ masterKeys, data }: KeyLocation): string {
  return masterKeys ?? join(data, 'master-keys.json');
}

/**
 * Returns the master keys once they have opened a word that the first start sealed with them, so that they are the ones
 * that sealed the stored secrets. Keys are only created for a new installation, never for a node that joins a database.
 */
export async function loadOrCreateVerifiedKeys(config: KeyLocation, store: Store): Promise<MasterKeys> {
  const file = masterKeysPath(config);
  const isFirst = (await store.findSetting(sealedWord)) === undefined;
  if (!isFirst && !existsSync(file)) {
    throw new Error(
      `The database belongs to an installation whose master keys are not here. Copy its master-keys.json to ${file}, or name the file with --master-keys.`,
    );
  }
  const masterKeys = loadOrCreateMasterKeys(file);
  const sealer = createSealer(masterKeys, 'installation');
  const sealed = await store.keepSetting(sealedWord, sealer.seal(randomUUID(), sealedWord));
  openOrExplain(() => sealer.open(sealed, sealedWord), config);
  return masterKeys;
}

/**
 * Returns the rotation of the master keys. With a shared database it throws, as other nodes have copies of the file.
 */
export function masterKeyRotation(config: KeyLocation, masterKeys: MasterKeys, now: () => number): () => number {
  if (config.databaseUrl === undefined) return () => rotateMasterKeys(masterKeysPath(config), masterKeys, now());
  return () => {
    throw new ServiceError(
      'ValidationException',
      'Where several nodes may share a database, the master key is changed in their file, in two steps, so that every node knows a new version before one uses it: millrace master-keys add, then millrace master-keys use (docs/cluster.md).',
    );
  };
}

const sealedWord = 'sealed-word';

function openOrExplain<T>(open: () => T, config: KeyLocation): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Error(
      `The master keys in ${masterKeysPath(config)} do not open what is stored in the ${
        config.databaseUrl === undefined ? 'data folder' : 'database'
      }. Put its own master key file back.`,
      { cause: error },
    );
  }
}

/**
 * Checks that the object files, if the installation stores objects in files, are in this data folder, and creates their
 * folders for a new installation. Only the node with that folder can serve them.
 */
export async function loadOrCreateObjectFolder(
  config: Pick<Config, 'data' | 'artifactStore' | 'databaseUrl'>,
  store: Store,
): Promise<void> {
  if (config.artifactStore !== undefined) return;
  const { data } = config;
  const known = await store.findSetting(objectFolder);
  const own = known === undefined ? loadOrCreateFolderId(data) : findFolderId(data);
  // Created before the database records them: from then on, missing folders mean lost objects.
  if (known === undefined) makeObjectFolders(join(data, 'objects'));
  const stored = own === undefined ? known : await store.keepSetting(objectFolder, own);
  if (own === undefined && config.databaseUrl === undefined) {
    throw new Error(
      `${join(data, folderIdFile)} is missing. Put it back; it contains the line ${stored}. Check that ${join(data, 'objects')} contains the objects of this installation.`,
    );
  }
  if (stored !== own) {
    throw new Error(
      'The objects of this installation are files in the data folder of another node. Start this one on that folder, or give all nodes the same --artifact-store.',
    );
  }
  requireObjectFolders(join(data, 'objects'));
}

const objectFolder = 'object-folder';

/**
 * Stores the same id in folder and database, so that a later start recognizes a mismatch. Call it last, when master
 * keys and objects have shown that the two belong together.
 */
export async function loadOrCreateInstallationId({ data }: Pick<Config, 'data'>, store: Store): Promise<string> {
  const own = findInstallationId(data);
  const stored = await store.keepSetting('installation-id', own ?? randomUUID());
  if (own !== undefined && own !== stored) {
    throw new Error(`The data folder ${data} belongs to installation ${own}, and the database to ${stored}.`);
  }
  if (own === undefined) writeInstallationId(data, stored);
  return stored;
}

interface RootKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * Returns the newest stored root key, for the ready profile; the first start creates one. Returns undefined if the
 * environment sets the root key: that one is never stored.
 */
export async function loadOrCreateRootKey(
  config: Config,
  account: string,
  accessKeys: AccessKeys,
): Promise<RootKey | undefined> {
  if (config.rootAccessKeyId !== undefined) return undefined;
  await accessKeys.createFirstRoot(account);
  const newest = (await accessKeys.list(account)).findLast(({ isRoot }) => isRoot);
  const key = newest && (await findOrExplain(newest.accessKeyId, config, accessKeys));
  if (!key) throw new Error(`The account ${account} has lost its root key.`);
  return key;
}

async function findOrExplain(accessKeyId: string, config: Config, accessKeys: AccessKeys) {
  try {
    return await accessKeys.find(accessKeyId);
  } catch (error) {
    return openOrExplain(() => {
      throw error;
    }, config);
  }
}

/** Adds the root key from the environment, if it sets one, to the stored keys. */
export function withEnvironmentKey(
  accessKeys: AccessKeys,
  config: Config,
  account: string,
): Pick<AccessKeys, 'find' | 'held'> {
  const { rootAccessKeyId: accessKeyId, rootSecretAccessKey: secretAccessKey } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined) return accessKeys;
  const key = { accessKeyId, secretAccessKey, account, name: 'root', isRoot: true, createdAt: 0 };
  const held = (id: string) => (id === accessKeyId ? key : accessKeys.held(id));
  return { held, find: async (id) => held(id) ?? accessKeys.find(id) };
}
