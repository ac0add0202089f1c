import { hostname } from 'node:os';
import type { AccessKeys } from '../identity/access-keys/access-key.ts';

/** The key of the runner that a server brings along. */
export interface RunnerKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Creates a key for the runner of a server, and removes the one that the same server had before it was killed. */
export async function createRunnerKey(
  accessKeys: AccessKeys,
  { account, port }: { account: string; port: string },
): Promise<RunnerKey> {
  const name = `runner-${port}@${hostname()}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64);
  for (const key of await accessKeys.list(account)) {
    if (key.name === name && !key.isRoot) await accessKeys.delete(account, key.accessKeyId);
  }
  const { accessKeyId, secretAccessKey } = await accessKeys.create({
    account,
    name,
    isRoot: false,
    policies: ['MillraceRunner'],
  });
  return { accessKeyId, secretAccessKey };
}
