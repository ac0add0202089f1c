import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readDataFolder } from '../config/config.ts';
import { collect, dataOption } from './options.ts';
import { callOwnApi } from './own-api.ts';
import type { Terminal } from './terminal.ts';

interface NewKey {
  warnings?: string[];
  boundedBy?: string[];
  accessKeyId: string;
  secretAccessKey: string;
}

interface ListedKey {
  accessKeyId: string;
  name: string;
  isRoot: boolean;
  policies: string[];
  /** ARNs of the creators; absent from responses of older servers. */
  boundedBy?: string[];
  createdAt: number;
}

/** Adds `millrace keys create|list|delete|rotate`, which call the running server of a data folder. */
export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('Manage the access keys of a running server');
  const call = <Output>(flags: Record<string, unknown>, operation: string, input: object) =>
    callOwnApi<Output>(readDataFolder({ flags, env: terminal.env }), operation, input);

  keys
    .command('create')
    .description('Create a key that may do what its policies allow; its secret is not shown again')
    .requiredOption('--name <name>', 'Name of the key, such as its holder')
    .requiredOption(
      '--policy <NAME|FILE>',
      'Name of a managed policy, or file with a policy document; repeatable',
      collect,
    )
    .addOption(dataOption())
    .action(async (flags: { name: string; policy: string[] }) => {
      const policies = await Promise.all(flags.policy.map(readPolicy));
      printKey(terminal, await call<NewKey>({ ...flags }, 'CreateAccessKey', { name: flags.name, policies }));
    });
  keys
    .command('list')
    .description('List the keys, without their secrets')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      const { accessKeys } = await call<{ accessKeys: ListedKey[] }>(flags, 'ListAccessKeys', {});
      for (const key of accessKeys) terminal.print(describe(key));
    });
  keys
    .command('delete')
    .description('Delete a key')
    .argument('<access-key-id>')
    .addOption(dataOption())
    .action(async (accessKeyId: string, flags: Record<string, unknown>) => {
      await call(flags, 'DeleteAccessKey', { accessKeyId });
    });
  keys
    .command('rotate')
    .description('Create a new key with the same policies; the old one works until it is deleted')
    .argument('<access-key-id>')
    .addOption(dataOption())
    .action(async (accessKeyId: string, flags: Record<string, unknown>) => {
      printKey(terminal, await call<NewKey>(flags, 'RotateAccessKey', { accessKeyId }));
    });
}

/** Adds `millrace rotate-master-key`, for the running server of a data folder. */
export function addRotateMasterKey(program: Command, terminal: Terminal): void {
  program
    .command('rotate-master-key')
    .description('Create a new master key, which seals secrets from now on')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      const dataFolder = readDataFolder({ flags, env: terminal.env });
      const { version } = await callOwnApi<{ version: number }>(dataFolder, 'RotateMasterKey', {});
      terminal.print(`The master key is now version ${version}. Back up ${dataFolder}/master-keys.json.`);
    });
}

/** Returns the name of a managed policy, or the text of a file; only files have a dot or slash in their name. */
async function readPolicy(given: string): Promise<string> {
  return /[./]/.test(given) && !given.startsWith('arn:') ? readFile(given, 'utf8') : given;
}

function printKey(terminal: Terminal, { accessKeyId, secretAccessKey, boundedBy, warnings = [] }: NewKey): void {
  terminal.print(`AWS_ACCESS_KEY_ID=${accessKeyId}`);
  terminal.print(`AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  if (boundedBy?.length) terminal.complain(`millrace: the key is ${boundText(boundedBy)}`);
  for (const warning of warnings) terminal.complain(`millrace: warning: ${warning}`);
}

/** A key may do no more than its creators were allowed to. */
function boundText(creators: string[]): string {
  return `bounded by ${creators.join(', ')}`;
}

function describe({ accessKeyId, name, isRoot, policies, boundedBy, createdAt }: ListedKey): string {
  const allowed = isRoot
    ? 'root'
    : policies.map((policy) => (policy.startsWith('{') ? 'a document' : policy)).join(', ');
  const bound = boundedBy?.length ? [boundText(boundedBy)] : [];
  return [accessKeyId, new Date(createdAt * 1000).toISOString(), name, allowed, ...bound].join('  ');
}
