import type { Command, Option } from 'commander';
import { readDataFolder } from '../config/config.ts';
import { DataFolderError, readServerFile } from '../installation/data-folder.ts';
import { requestServer, unreachableText } from './server-request.ts';
import type { Terminal } from './terminal.ts';

const timeoutMs = 3000;

interface Parts {
  terminal: Terminal;
  finish(code: number): void;
  dataOption: Option;
}

/** Adds `millrace health`, for health checks of containers and scripts: exit code 0 while the server serves. */
export function addHealth(program: Command, { terminal, finish, dataOption }: Parts): void {
  program
    .command('health')
    .description('ask the server of a data folder whether it serves; exit code 1 when it does not')
    .addOption(dataOption)
    .action(async (flags: Record<string, unknown>) => {
      const { status, text } = await askHealth(readDataFolder({ flags, env: terminal.env }));
      terminal.print(text.trim());
      if (status !== 200) finish(1);
    });
}

async function askHealth(dataFolder: string): Promise<{ status: number; text: string }> {
  const { url, certificate } = await readServerFile(dataFolder);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await requestServer(new URL('/-/health', url), {
      method: 'GET',
      signal,
      ...(certificate && { certificate }),
    });
  } catch (error) {
    throw new DataFolderError(unreachableText(url, error), { cause: error });
  }
}
