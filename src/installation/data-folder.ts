import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../files/durable-file.ts';

/** The address of a started server, as recorded in its data folder. */
export interface ServerFile {
  /** A URL for clients on this machine, never a wildcard address. */
  url: string;
  /** The URL for other machines, if it differs. */
  publicUrl?: string;
  /** PEM of its certificate, which commands on this machine then trust. */
  certificate?: string;
  region: string;
  account: string;
}

/** The access key in the ready AWS profile. */
export interface Profile {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The data folder lacks something a command needs; the message says what to do. */
export class DataFolderError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DataFolderError';
  }
}

/** Returns the path of the AWS profile in a data folder, for `AWS_SHARED_CREDENTIALS_FILE`. */
export function profilePath(dataFolder: string): string {
  return join(dataFolder, 'aws-credentials');
}

function serverFilePath(dataFolder: string): string {
  return join(dataFolder, 'server.json');
}

async function writePrivately(dataFolder: string, path: string, text: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  writeDurably(path, text);
}

async function readFrom(dataFolder: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new DataFolderError(`${path} cannot be read: ${message}`);
    throw new DataFolderError(
      `No server was ever started with the data folder '${dataFolder}': start one there with 'millrace start', ` +
        'or name another folder with --data or MILLRACE_DATA.',
    );
  }
}

/** Writes the server's address for the other commands. */
export async function writeServerFile(dataFolder: string, server: ServerFile): Promise<void> {
  const path = serverFilePath(dataFolder);
  await writePrivately(dataFolder, path, `${JSON.stringify(server, null, 2)}\n`);
}

/** Reads the address of the server last started in a data folder; throws `DataFolderError`. */
export async function readServerFile(dataFolder: string): Promise<ServerFile> {
  const path = serverFilePath(dataFolder);
  const text = await readFrom(dataFolder, path);
  try {
    const { url, publicUrl, certificate, region, account } = JSON.parse(text) as Record<string, unknown>;
    if (typeof url === 'string' && typeof region === 'string' && typeof account === 'string') {
      return {
        url,
        region,
        account,
        ...(typeof publicUrl === 'string' && { publicUrl }),
        ...(typeof certificate === 'string' && { certificate }),
      };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new DataFolderError(`${path} is damaged: start the server again to have it rewritten.`);
}

/** Writes the ready AWS profile, as [default] and [millrace], and returns its path. */
export async function writeProfile(dataFolder: string, { accessKeyId, secretAccessKey }: Profile): Promise<string> {
  const path = profilePath(dataFolder);
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writePrivately(dataFolder, path, `[default]\n${keys}\n[millrace]\n${keys}`);
  return path;
}

/** Removes the profile if it has this key of the environment, which older versions wrote to it. */
export async function forgetProfile(dataFolder: string, accessKeyId: string | undefined): Promise<void> {
  const profile = await readProfile(dataFolder).catch(() => undefined);
  if (profile?.accessKeyId === accessKeyId) await rm(profilePath(dataFolder), { force: true });
}

/**
 * Returns the root key of a data folder's server: from the profile or, as the server doesn't store a key set in its
 * environment, from the environment of this command. Throws `DataFolderError`.
 */
export async function findRootKey(dataFolder: string, env: Record<string, string | undefined>): Promise<Profile> {
  if (existsSync(profilePath(dataFolder))) return readProfile(dataFolder);
  const [accessKeyId, secretAccessKey] = [env.MILLRACE_ROOT_ACCESS_KEY_ID, env.MILLRACE_ROOT_SECRET_ACCESS_KEY];
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  if (existsSync(serverFilePath(dataFolder))) {
    throw new DataFolderError(
      `The server of '${dataFolder}' got its root key from its environment, which is not stored: ` +
        'set MILLRACE_ROOT_ACCESS_KEY_ID and MILLRACE_ROOT_SECRET_ACCESS_KEY for this command too.',
    );
  }
  return readProfile(dataFolder);
}

/** Reads the access key in the [millrace] section; throws `DataFolderError`. */
export async function readProfile(dataFolder: string): Promise<Profile> {
  const path = profilePath(dataFolder);
  const lines = (await readFrom(dataFolder, path)).split(/\r?\n/);
  const values = new Map<string, string>();
  let section = '';
  for (const line of lines) {
    const heading = /^\s*\[\s*(.+?)\s*\]\s*$/.exec(line);
    const entry = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
    if (heading) section = heading[1] ?? '';
    else if (entry && section === 'millrace') values.set(entry[1] ?? '', entry[2] ?? '');
  }
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  throw new DataFolderError(`${path} is damaged: start the server again to have it rewritten.`);
}
