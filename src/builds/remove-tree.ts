import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Removes the folder of a build with all that commands left there. A program does it, since Node.js would stop this
 * process for seconds at a folder of many files. Rejects with what could not be removed.
 */
export async function removeTree(path: string): Promise<void> {
  const remove = () => run('rm', ['-rf', '--', path]);
  await remove().catch(async () => {
    // Commands may have taken the rights away that removing needs.
    await run('chmod', ['-R', 'u+rwX', '--', path]).catch(() => undefined);
    await remove();
  });
}
