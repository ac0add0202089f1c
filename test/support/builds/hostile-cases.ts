import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildIn, phasesOf, spec, type TriedCage } from './build-run.ts';

/** Tests that builds reach nothing but what is theirs, and end with everything that they started. */
export function describeHostileBuilds(tried: TriedCage): void {
  const build = (text: string, changes?: Parameters<typeof buildIn>[2]) => buildIn(tried, text, changes);

  describe('hostile commands', () => {
    let outside: string;

    beforeAll(async () => {
      outside = await mkdtemp(join(tmpdir(), 'millrace-outside-'));
    });

    afterAll(() => rm(outside, { recursive: true }));

    test('that put links where scripts are written change no other file', async () => {
      const victim = join(outside, 'victim');
      await writeFile(victim, 'untouched');
      const folder = 'T=$(dirname "$0")';
      const links = ['script.sh', 'exports.sh', 'exports.txt'].map((name) => `ln -sf ${victim} $T/${name}`);
      const result = await build(
        spec([`${folder}; ${links.slice(0, 2).join('; ')}`, 'echo on'], 'env: { exported-variables: [A] }'),
      );
      expect(result.status).toBe('SUCCEEDED');
      expect(result.printed).toEqual(['on']);
      expect(await readFile(victim, 'utf8')).toBe('untouched');
    });

    test('that remove what is theirs fail by themselves', async () => {
      const result = await build(spec(['T=$(dirname "$0"); rm -f $0; mkdir $0', 'echo on']));
      expect(phasesOf(result)[3]).toEqual(['BUILD', 'FAILED', 'CLIENT_ERROR', expect.stringContaining('script.sh')]);
      expect(result.printed).toEqual([]);
    });

    test('are over when artifacts are read', async () => {
      const beats: string[] = [];
      const result = await build(
        spec(['(while :; do date +%s%N > beat; done) & while [ ! -s beat ]; do :; done'], 'artifacts: { files: beat }'),
        {
          store: async ({ entries }) => {
            for (let look = 0; look < 2; look += 1) {
              beats.push(await readFile(entries[0]?.path ?? '', 'utf8'));
              await sleep(30);
            }
          },
        },
      );
      expect(result.status).toBe('SUCCEEDED');
      expect(beats[0]).toBe(beats[1]);
    });

    test('cannot name a buildspec outside of the source', async () => {
      const secret = join(outside, 'secret.yml');
      await writeFile(secret, 'password: [');
      const away = { buildspec: { path: 'link.yml' } };
      const made = await build('', { ...away, prepare: (source) => symlink(secret, join(source, 'link.yml')) });
      expect(phasesOf(made)[0]).toEqual([
        'DOWNLOAD_SOURCE',
        'FAILED',
        'YAML_FILE_ERROR',
        'link.yml is outside of the source folder',
      ]);
      const above = await build('', { buildspec: { path: '../../../../../../etc/passwd' } });
      expect(phasesOf(above)[0]?.[3]).toContain('is outside of the source folder');
    });
  });

  test.each(['DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD', 'BUILD', 'POST_BUILD', 'UPLOAD_ARTIFACTS'])(
    'a build that is stopped in %s ends there, with everything it runs',
    async (phase) => {
      const stop = new AbortController();
      const commandsOf = (name: string) =>
        `  ${name}: { commands: ["echo ${name}", "${name.toUpperCase() === phase ? 'sleep 300' : 'true'}"] }\n`;
      const phases = ['install', 'pre_build', 'build', 'post_build'].map(commandsOf).join('');
      const result = await build(
        `version: 0.2\nenv: { parameter-store: { P: p } }\nphases:\n${phases}artifacts: { files: '**/*' }\n`,
        {
          files: { file: '' },
          signal: stop.signal,
          values: {
            parameter: async () => {
              if (phase === 'DOWNLOAD_SOURCE') stop.abort();
              return 'value';
            },
            secret: async () => '',
          },
          write: async (lines) => {
            if (lines.includes(phase.toLowerCase())) stop.abort();
          },
          store: async () => {
            if (phase === 'UPLOAD_ARTIFACTS') stop.abort();
          },
        },
      );
      expect(result.status).toBe('STOPPED');
      expect(phasesOf(result).at(-1)).toEqual([phase, 'STOPPED']);
      expect(result.left).toEqual([]);
    },
  );
}
