import type { Command } from 'commander';
import { readDataFolder } from '../config/config.ts';
import type { SettingSources } from '../config/setting.ts';
import { findRootKey, readServerFile } from '../installation/data-folder.ts';
import { dataOption } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Adds `millrace env`. */
export function addEnv(program: Command, terminal: Terminal): void {
  program
    .command('env')
    .description('Print the environment that AWS clients of the server need; use as: eval "$(millrace env)"')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      terminal.print((await environmentLines({ flags, env: terminal.env })).join('\n'));
    });
}

/** Quotes a value for any POSIX shell: within single quotes only the single quote itself is special. */
export function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/**
 * Returns the lines for `eval "$(millrace env)"`, which point every AWS client at the server last started in the data
 * folder. Throws `DataFolderError` if there was none.
 */
export async function environmentLines(sources: SettingSources): Promise<string[]> {
  const dataFolder = readDataFolder(sources);
  const { url: ownUrl, publicUrl: url = ownUrl, region } = await readServerFile(dataFolder);
  const { accessKeyId, secretAccessKey } = await findRootKey(dataFolder, sources.env);
  return [
    `export AWS_ENDPOINT_URL=${shellQuoted(url)}`,
    `export AWS_ACCESS_KEY_ID=${shellQuoted(accessKeyId)}`,
    `export AWS_SECRET_ACCESS_KEY=${shellQuoted(secretAccessKey)}`,
    `export AWS_REGION=${shellQuoted(region)}`,
    `export AWS_DEFAULT_REGION=${shellQuoted(region)}`,
    // A session token or profile of another account would override the keys above, or invalidate their signature.
    'unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    // Comments come last and without quotes, so that even an unquoted eval reads the exports first.
    '# AWS CLI 2.13+ or 1.29+, botocore 1.31+ (boto3 1.28+) and current SDKs read AWS_ENDPOINT_URL.',
    `# Older versions ignore it: use --endpoint-url ${url}`,
  ];
}
