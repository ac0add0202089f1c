import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { runProgram } from '../support/requests/aws-cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Returns the block of a page in docs/ that is marked ```sh name. */
export async function docBlock(page: string, name: string): Promise<string> {
  const text = await readFile(`${root}docs/${page}`, 'utf8');
  const block = new RegExp(`\`\`\`sh ${name}\n([\\s\\S]*?)\n\`\`\``).exec(text)?.[1];
  if (block === undefined) throw new Error(`docs/${page} has no block '${name}'`);
  return block;
}

/** Runs a block as printed in bash, after `before`; every command must succeed. */
export async function runDocBlock(
  block: string,
  env: Record<string, string>,
  { before = '', folder = root }: { before?: string; folder?: string } = {},
): Promise<string> {
  const script = `cd '${folder}'\n${before}\n${block}`;
  const printed = await runProgram('/bin/bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...env,
  });
  expect(printed).toMatchObject({ code: 0 });
  return printed.stdout;
}
