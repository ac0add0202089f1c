import type { Command } from 'commander';
import { readDataFolder } from '../config/config.ts';
import { DataFolderError, readServerFile } from '../installation/data-folder.ts';
import { dataOption } from './options.ts';
import { requestServer, unreachableText } from './server-request.ts';
import type { CommandContext } from './terminal.ts';

const timeoutMs = 3000;

/** Adds `millrace health`, for health checks of containers and scripts. */
export function addHealth(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('health')
    .description('Check whether the server is healthy; exit with 1 if it is not')
    .addOption(dataOption())
    .action(async (flags: Record<string, unknown>) => {
      const { status, text } = await requestHealth(readDataFolder({ flags, env: terminal.env }));
      terminal.print(text.trim());
      if (status !== 200) finish(1);
    });
}

async function requestHealth(dataFolder: string): Promise<{ status: number; text: string }> {
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
