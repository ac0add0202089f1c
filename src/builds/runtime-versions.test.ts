import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkRuntimes, selectRuntime } from './runtime-versions.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-runtimes-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Puts a program on the search path that does what a shell script says. */
function addProgram(name: string, script: string) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

function select(name: string, version: string, more = ''): string[] {
  for (const tool of ['head', 'grep', 'sed', 'mkdir', 'ln', 'cat']) addProgram(tool, `exec /usr/bin/${tool} "$@"`);
  const environment = { PATH: join(folder, 'bin'), HOME: folder, WANTED: '18' };
  const script = `${selectRuntime(name, version)}\n${more}`;
  return execFileSync('/bin/sh', ['-c', script], { env: environment, encoding: 'utf8' }).trimEnd().split('\n');
}

test.each(['20', '20.x', '20.11', 'latest'])('a version that is there already is used: %s', (version) => {
  addProgram('node', 'echo v20.11.1');
  expect(select('nodejs', version)).toEqual([expect.stringMatching(/^Using nodejs .*: v20\.11\.1$/)]);
});

test.each(['2', '20.1', '11', '21'])('%s is another version than 20.11.1', (version) => {
  addProgram('node', 'echo v20.11.1');
  expect(select('nodejs', version)).toEqual([
    'Skipping install of runtimes. Runtime version selection is not supported by this build image',
    `nodejs ${version} was asked for; v20.11.1`,
  ]);
});

test('what is not there at all is said', () => {
  expect(select('golang', '1.22').at(-1)).toBe('golang 1.22 was asked for; there is none');
});

test('a version manager switches, also to what a variable says', () => {
  addProgram('node', 'cat "$HOME/version"');
  addProgram('n', 'echo "v$1.0.0" > "$HOME/version"');
  expect(select('nodejs', '22')).toEqual(['Using nodejs 22: v22.0.0']);
  expect(select('nodejs', '$WANTED')).toEqual(['Using nodejs 18: v18.0.0']);
});

test('pyenv is asked for the newest release of a version', () => {
  addProgram('pyenv', 'case $1 in latest) echo "$2.7" ;; root) echo "$HOME/pyenv" ;; esac');
  mkdirSync(join(folder, 'pyenv/shims'), { recursive: true });
  writeFileSync(join(folder, 'pyenv/shims/python3'), '#!/bin/sh\necho "Python $PYENV_VERSION"\n');
  chmodSync(join(folder, 'pyenv/shims/python3'), 0o755);
  expect(select('python', '3.10')).toEqual(['Using python 3.10: Python 3.10.7']);
});

test('a Python of the machine becomes python and python3', () => {
  addProgram('python3', 'echo Python 3.13.1');
  addProgram('python3.11', 'echo Python 3.11.9');
  expect(select('python', '3.11', 'python')).toEqual(['Using python 3.11: Python 3.11.9', 'Python 3.11.9']);
});

test.each([
  [
    { docker: '18' },
    "Unknown runtime named 'docker'. This build image has the following runtimes: dotnet, golang, java",
  ],
  [{ nodejs: '20; rm -rf /' }, "Unknown runtime version named '20; rm -rf /' of nodejs."],
])('%j is refused', (wanted, message) => {
  expect(() => checkRuntimes(wanted)).toThrow(message);
});
