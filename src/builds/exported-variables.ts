import { join } from 'node:path';
import { shellName } from './build-variables.ts';
import { stateFiles, type TemporaryFolder } from './command-script.ts';
import { readWritten, replaceFile } from './untrusted-files.ts';

/** The most bytes of all values together. */
const maxBytes = 1024 * 1024;

const files = { script: 'exports.sh', values: 'exports.txt' };

/** Reads the values that variables have after the last command; those that are not set are left out. */
export async function readExports(
  { outside, inside }: TemporaryFolder,
  names: readonly string[],
  run: (script: string) => Promise<number | undefined>,
): Promise<Record<string, string>> {
  const known = names.filter((name) => shellName.test(name));
  // One value after the other, each ended by a character that no value has.
  const prints = known.map((name) => `printf '%s\\0%s\\0' "\${${name}+set}" "\${${name}-}"`);
  const lines = [
    `. '${join(inside, stateFiles.variables)}'`,
    `{ ${prints.join('; ')}; } > '${join(inside, files.values)}'`,
  ];
  await replaceFile(join(outside, files.script), `${lines.join('\n')}\n`, 0o644);
  if ((await run(join(inside, files.script))) !== 0) return {};
  const values = (await readWritten(join(outside, files.values), maxBytes)).split('\0');
  return Object.fromEntries(
    known.flatMap((name, index) => (values[index * 2] === 'set' ? [[name, values[index * 2 + 1] ?? '']] : [])),
  );
}
