import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import { storeResources } from '../api/millrace/apply-resources.ts';
import type { Config } from '../config/config.ts';
import { loadResourceFile } from '../resources/load-resource-file.ts';

/** Stores the resources of the settings' file, as `millrace apply` does, in the Region of the settings. */
export async function storeDeclaredResources(
  { resources: file, region }: Config,
  dependencies: Dependencies,
  log: Logger,
): Promise<void> {
  if (file === undefined) return;
  const account = dependencies.homeAccount;
  const origin = { callerArn: `arn:aws:iam::${account}:root`, accessKeyId: '', requestId: 'start' };
  const resources = loadResourceFile(file, process.env);
  const changes = await storeResources(resources, { scope: { account, region }, origin }, dependencies);
  const changed = changes.filter(({ outcome }) => outcome !== 'Unchanged').map(({ kind, name }) => `${kind} ${name}`);
  if (changed.length > 0) log.info({ file, changed }, 'stored the resources of a file');
}
