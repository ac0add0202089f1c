import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../support/requests/aws-cli.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

/** Returns a shell's completions for the last word of a `millrace` command line. */
async function completionsOf(shell: 'bash' | 'zsh' | 'fish', ...words: string[]): Promise<string[]> {
  const folder = await temporaryFolder();
  const file = join(folder, 'completion');
  const { printed } = await runMillrace('completion', shell);
  await writeFile(file, printed.join('\n'));
  const ask = `COMP_WORDS=(millrace "$@"); COMP_CWORD=$#; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const commands = {
    bash: ['-c', `source "$0"; ${ask}`, file, ...words],
    zsh: [
      '-f',
      '-c',
      `autoload -U compinit; compinit -u -D; source "$0"; emulate sh; setopt kshglob noshglob braceexpand ksharrays; ${ask}`,
      file,
      ...words,
    ],
    fish: ['--no-config', '-c', `source ${file}; complete -C ${JSON.stringify(`millrace ${words.join(' ')}`)}`],
  };
  const { stdout, stderr } = await runProgram(shell, commands[shell], { PATH: process.env.PATH ?? '', HOME: folder });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .filter((line) => line !== '');
}

test.each(['bash', 'zsh', 'fish'] as const)('%s completes commands, subcommands and options', async (shell) => {
  expect(await completionsOf(shell, 'he')).toEqual(['health']);
  expect(await completionsOf(shell, 'keys', 'ro')).toEqual(['rotate']);
  expect(await completionsOf(shell, 'start', '--public')).toEqual(['--public-url']);
  expect(await completionsOf(shell, 'keys', 'create', '--pol')).toEqual(['--policy']);
});
