import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bubblewrap } from '../../src/cages/bubblewrap.ts';
import type { BuildLimits } from '../../src/cages/build-limits.ts';
import { type ControlGroups, findControlGroups } from '../../src/cages/control-groups.ts';
import { namespaces } from '../../src/cages/namespaces.ts';
import { plainProcess } from '../../src/cages/plain-process.ts';
import { buildIn, phasesOf, spec, type TriedCage } from '../support/builds/build-run.ts';
import { makeTestImage, testPodman } from '../support/builds/test-image.ts';
import { withSmallDisk } from '../support/crash/small-disk.ts';

const path = process.env.PATH;
const timeoutMs = 60_000;
const mib = 1024 ** 2;

/** Control groups of this machine; every machine of these tests has them. */
let groups: ControlGroups | undefined;
const found: ControlGroups = {
  create: async (name, limits) => {
    if (!groups) throw new Error('no control groups');
    return groups.create(name, limits);
  },
  endLeft: async (name) => groups?.endLeft(name),
};

let removeImage: () => void;

beforeAll(async () => {
  const tried = await findControlGroups();
  if ('problem' in tried) throw new Error(tried.problem);
  groups = tried;
  removeImage = makeTestImage();
}, timeoutMs);

afterAll(() => removeImage(), timeoutMs);

const cages: [string, TriedCage][] = [
  ['plain processes', { cage: plainProcess(process.env, found) }],
  ['Bubblewrap', { cage: bubblewrap({ path, readable: [], groups: found }) }],
  ['namespaces', { cage: namespaces({ path, readable: [], groups: found }) }],
  ['Podman', testPodman],
];

/** Returns the programs of this machine that were started with an argument. */
function running(argument: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });
}

describe.each(cages)('limits in %s', (_, tried) => {
  const failureOf = async (command: string, limits: BuildLimits) => {
    const result = await buildIn(tried, spec([command]), { limits });
    expect(result.status).toBe('FAILED');
    return phasesOf(result).find(([, status]) => status === 'FAILED');
  };

  test('hold processes', async () => {
    const command = 'i=0; while [ $i -lt 100 ]; do sleep 61.5 & i=$((i+1)); done';
    const message = expect.stringContaining('The build has as many processes as it may have, 40');
    expect(await failureOf(command, { processes: 40 })).toEqual(['BUILD', 'FAILED', expect.anything(), message]);
    expect(running('61.5')).toEqual([]);
  });

  test('hold a fork bomb, and nothing of it is left', async () => {
    const bomb = spec(['bomb() { bomb 62.5 | bomb 62.5 & }; bomb 2>/dev/null; sleep 62.5']);
    const { status } = await buildIn(tried, bomb, { limits: { processes: 40 }, timeoutMs: 1500 });
    expect(['FAILED', 'TIMED_OUT']).toContain(status);
    expect(running('62.5')).toEqual([]);
  });

  test('hold memory of all processes together', async () => {
    const failure = await failureOf('A=xxxxxxxx; while :; do A="$A$A"; done', { memoryBytes: 64 * mib });
    expect(failure?.[3]).toContain('The build has used all of its memory, 64 MiB');
  });

  test('hold the disk: each file, and all together', async () => {
    const limits = { diskBytes: 8 * mib };
    expect((await failureOf('head -c 20000000 /dev/zero > large', limits))?.[3]).toContain('may have 8 MiB');
    const many = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 1000000 /dev/zero > $i; done; sleep 63.5';
    expect((await failureOf(many, limits))?.[3]).toMatch(/The build has 1[12] MiB of files, and may have 8 MiB/);
    expect(running('63.5')).toEqual([]);
  });

  test('processes that hide from their build are ended too', async () => {
    const result = await buildIn(
      tried,
      spec(['(cd /; env -i setsid sleep 64.5 >/dev/null 2>&1 </dev/null &) ; echo on']),
      {
        limits: { processes: 100 },
      },
    );
    expect(result.printed).toEqual(['on']);
    expect(running('64.5')).toEqual([]);
  });
});

test.each([
  ['in the command', 'head -c 100000000 /dev/zero > file'],
  [
    'in what it leaves to the next one',
    'B=$(head -c 20000 /dev/zero | tr "\\0" x); head -c 100000000 /dev/zero 2>&- > file; true',
  ],
])('a full disk fails a build, %s', async (_, command) => {
  const tried = { cage: plainProcess(process.env) };
  const result = await withSmallDisk((folder) => buildIn(tried, spec([command]), { folder }));
  const failure = phasesOf(result).find(([, status]) => status === 'FAILED');
  expect(failure).toEqual(['BUILD', 'FAILED', 'COMMAND_EXECUTION_ERROR', expect.stringContaining('exit status')]);
  expect(failure?.[3], result.printed.join('\n')).toContain('The disk of this machine is full');
});

test('without control groups each process has a limit of memory', async () => {
  const tried = { cage: bubblewrap({ path, readable: [] }) };
  const { status } = await buildIn(tried, spec(['A=xxxxxxxx; while :; do A="$A$A"; done']), {
    limits: { memoryBytes: 64 * mib },
  });
  expect(status).toBe('FAILED');
});

test('what a killed runner left of a build is ended by its id', async () => {
  const group = await groups?.create('millrace-left-behind', {});
  const join = `for file in ${group?.joinFiles.join(' ')}; do echo $$ > $file; done; exec sleep 65.5`;
  spawn('sh', ['-c', join], { stdio: 'ignore' });
  await vi.waitFor(() => expect(running('65.5')).toHaveLength(1));
  await groups?.endLeft('millrace-left-behind');
  await vi.waitFor(() => expect(running('65.5')).toEqual([]));
});
