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
import { findFolderId, folderIdFile, keepFolderId } from './folder-id.ts';
import { findInstallationId, writeInstallationId } from './installation-id.ts';

/** What belongs to all nodes of one installation, made at its first start and checked at every other. */

/** The account of this installation: the one it began with. Another one in the options is a mistake, not a wish. */
export async function keepAccount({ account, data }: Config, store: Store): Promise<string> {
  const generated = String(randomInt(10 ** 11, 10 ** 12));
  const kept = await store.keepSetting('account', account ?? generated);
  if (account !== undefined && account !== kept) {
    throw new Error(
      `The data folder ${data} belongs to account ${kept}, not ${account}. Leave --account out, or name another folder.`,
    );
  }
  return kept;
}

/** The settings that say where the keys are and what they open. */
type KeyPlace = Pick<Config, 'data' | 'masterKeys' | 'databaseUrl'>;

export function masterKeysPath({ masterKeys, data }: KeyPlace): string {
  return masterKeys ?? join(data, 'master-keys.json');
}

/**
 * The master keys, which must be those that the stored secrets were sealed with: the first start leaves a sealed word
 * that every other one opens. A node that joins a database is never given keys of its own.
 */
export async function keepMasterKeys(config: KeyPlace, store: Store): Promise<MasterKeys> {
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

/** Rotates the keys of a node that is the only one; the copies that other nodes have would not know the new version. */
export function masterKeyRotation(config: KeyPlace, masterKeys: MasterKeys, now: () => number): () => number {
  if (config.databaseUrl === undefined) return () => rotateMasterKeys(masterKeysPath(config), masterKeys, now());
  return () => {
    throw new ServiceError(
      'ValidationException',
      'Where several nodes may share a database, the master key is changed in their file, in two steps, so that every node knows a new version before one uses it: millrace master-keys add, then millrace master-keys use (docs/cluster.md).',
    );
  };
}

const sealedWord = 'sealed-word';

function openOrExplain<T>(open: () => T, config: KeyPlace): T {
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
 * Objects that are files can be served by one node only: the one on whose data folder they are. Nodes beside it need a
 * store that all of them reach.
 */
export async function keepObjectFolder(
  config: Pick<Config, 'data' | 'artifactStore' | 'databaseUrl'>,
  store: Store,
): Promise<void> {
  if (config.artifactStore !== undefined) return;
  const { data } = config;
  const known = await store.findSetting(objectFolder);
  const own = known === undefined ? keepFolderId(data) : findFolderId(data);
  // Made before the database says that they are there: from then on their absence is a loss.
  if (known === undefined) makeObjectFolders(join(data, 'objects'));
  const kept = own === undefined ? known : await store.keepSetting(objectFolder, own);
  if (own === undefined && config.databaseUrl === undefined) {
    throw new Error(
      `${join(data, folderIdFile)} is missing. Put it back; it holds the line ${kept}. See that ${join(data, 'objects')} has the objects of this installation.`,
    );
  }
  if (kept !== own) {
    throw new Error(
      'The objects of this installation are files in the data folder of another node. Start this one on that folder, or give all nodes the same --artifact-store.',
    );
  }
  requireObjectFolders(join(data, 'objects'));
}

const objectFolder = 'object-folder';

/**
 * Gives folder and database the same id, so that neither is taken for another one's. It comes last, when master keys
 * and objects have shown that the two belong together.
 */
export async function keepInstallationId({ data }: Pick<Config, 'data'>, store: Store): Promise<string> {
  const own = findInstallationId(data);
  const kept = await store.keepSetting('installation-id', own ?? randomUUID());
  if (own !== undefined && own !== kept) {
    throw new Error(`The data folder ${data} belongs to installation ${own}, and the database to ${kept}.`);
  }
  if (own === undefined) writeInstallationId(data, kept);
  return kept;
}

interface RootKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * The newest stored root key, made at the first start, for the ready profile; undefined when the environment gives one,
 * which is never stored, in the database or in a file.
 */
export async function keepRootKey(
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

/** The key from the environment works besides the stored ones, for as long as the environment says so. */
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
