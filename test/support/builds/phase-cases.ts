import { describe, expect, test } from 'vitest';
import { buildIn, phasesOf, spec, type TriedCage } from './build-run.ts';

/** Tests how commands and phases follow each other. */
export function describePhases(tried: TriedCage): void {
  const build = (text: string, changes?: Parameters<typeof buildIn>[2]) => buildIn(tried, text, changes);

  describe('commands', () => {
    test.each<[string, string[], string[]]>([
      ['assignments survive', ['A=1', 'echo $A'], ['1']],
      ['exports survive', ['export A=1', "sh -c 'echo $A'"], ['1']],
      ['the folder survives', ['mkdir sub', 'cd sub', 'basename $PWD'], ['sub']],
      ['values of several lines survive', ['A="one\ntwo"', 'echo "$A"'], ['one', 'two']],
      ['quotes survive', [`A="it's"`, 'echo "$A"'], ["it's"]],
      [
        'functions do not',
        ['f() { echo f; }', 'f || echo none'],
        [expect.stringMatching(/^SCRIPT: (line )?4: f: not found$/), 'none'],
      ],
      ['set -e does not', ['set -e', 'false; echo on'], ['on']],
      ['exit 0 ends its command only, and its assignments are lost', ['A=1', 'A=2; exit 0', 'echo $A'], ['1']],
      ['unset survives', ['A=1', 'unset A', 'echo ${A-none}'], ['none']],
      ['the status of a pipe is that of its last member', ['false | true', 'echo on'], ['on']],
      ['the last status is known', ['(exit 0)', 'echo $CODEBUILD_LAST_EXIT'], ['0']],
      ['a block is one command', ['if true\nthen\n  echo yes\nfi'], ['yes']],
      ['output without a line break is a line', ['printf a', 'printf b >&2'], ['a', 'b']],
      ['nothing is read from a terminal', ['cat', 'echo on'], ['on']],
    ])('%s', async (_, commands, printed) => {
      const result = await build(spec(commands));
      expect(result.status).toBe('SUCCEEDED');
      expect(result.printed.map((line) => line.replace(/^.*script\.sh/, 'SCRIPT'))).toEqual(printed);
    });

    test('of version 0.1 have nothing of the ones before', async () => {
      const text = spec(['A=1; cd /', 'echo ${A-none}; basename $PWD']).replace('0.2', '0.1');
      expect((await build(text)).printed).toEqual(['none', 'src']);
    });

    test('run in bash if the buildspec says so', async () => {
      const text = spec(['[[ a == a ]] && echo bash', 'A=(1 2); B="x y"', 'echo "$B"'], 'env: { shell: bash }');
      expect((await build(text)).printed).toEqual(['bash', 'x y']);
    });

    test('leave processes behind that others use, until the build ends', async () => {
      const result = await build(
        spec([
          '(sleep 0.1; echo late > file; sleep 300) & echo started',
          'setsid sleep 300 & echo daemon',
          'while [ ! -s file ]; do sleep 0.01; done; cat file',
        ]),
      );
      expect(result.status).toBe('SUCCEEDED');
      expect(result.printed).toEqual(['started', 'daemon', 'late']);
      expect(result.left).toEqual([]);
    });
  });

  describe('phases', () => {
    const phases = (parts: Record<string, string>) =>
      `version: 0.2\nphases:\n${Object.entries(parts)
        .map(([name, text]) => `  ${name}: { ${text} }\n`)
        .join('')}`;
    const says = (name: string) => `commands: [echo ${name}]`;
    const all = { install: says('install'), pre_build: says('pre'), build: says('build'), post_build: says('post') };

    test('run in their order, and the log has the form of CodeBuild', async () => {
      const result = await build(phases({ build: says('build'), install: says('install') }));
      expect(result.log).toEqual([
        '[Container] Phase is DOWNLOAD_SOURCE',
        '[Container] CODEBUILD_SRC_DIR=SRC',
        '[Container] Processing environment variables',
        '[Container] Moving to directory SRC',
        '[Container] Phases found in YAML: 2',
        '[Container]  BUILD: 1 commands',
        '[Container]  INSTALL: 1 commands',
        ...ended('DOWNLOAD_SOURCE'),
        ...['[Container] Entering phase INSTALL', '[Container] Running command echo install', 'install'],
        ...ended('INSTALL'),
        ...['[Container] Entering phase PRE_BUILD', ...ended('PRE_BUILD')],
        ...['[Container] Entering phase BUILD', '[Container] Running command echo build', 'build', ...ended('BUILD')],
        ...['[Container] Entering phase POST_BUILD', ...ended('POST_BUILD')],
        ...ended('FINALIZING'),
      ]);
    });

    const ended = (phase: string) => [
      `[Container] Phase complete: ${phase} State: SUCCEEDED`,
      '[Container] Phase context status code:  Message:',
    ];

    test.each<[string, Record<string, string>, string[], string]>([
      ['a failed install ends the build', { install: 'commands: [exit 3]' }, [], 'FAILED'],
      ['a failed pre_build ends it', { pre_build: 'commands: [exit 3]' }, ['install'], 'FAILED'],
      [
        'post_build runs after a failed build',
        { build: 'commands: [exit 3, echo no]' },
        ['install', 'pre', 'post'],
        'FAILED',
      ],
      ['ABORT ends it there', { build: 'commands: [exit 3], on-failure: ABORT' }, ['install', 'pre'], 'FAILED'],
      ['CONTINUE goes on', { install: 'commands: [exit 3], on-failure: CONTINUE' }, ['pre', 'build', 'post'], 'FAILED'],
      [
        'finally runs in any case',
        { build: 'commands: [echo a, exit 3], finally: [echo last]' },
        ['install', 'pre', 'a', 'last', 'post'],
        'FAILED',
      ],
      ['a failed finally fails its phase', { pre_build: 'finally: [exit 1]' }, ['install'], 'FAILED'],
      [
        'RETRY runs the phase again, with the variables as they are',
        { build: 'commands: ["N=x$N", "echo $N; test $N = xxx"], on-failure: RETRY-2' },
        ['install', 'pre', 'x', 'xx', 'xxx', 'post'],
        'SUCCEEDED',
      ],
      [
        'RETRY with a pattern only for what matches',
        { build: 'commands: [echo a, exit 7], on-failure: RETRY-5-status 8' },
        ['install', 'pre', 'a', 'post'],
        'FAILED',
      ],
      [
        'post_build knows whether the build succeeds',
        { build: 'commands: [exit 1]', post_build: 'commands: [echo $CODEBUILD_BUILD_SUCCEEDING]' },
        ['install', 'pre', '0'],
        'FAILED',
      ],
    ])('%s', async (_, changed, printed, status) => {
      const result = await build(phases({ ...all, ...changed }));
      expect(result.printed).toEqual(printed);
      expect(result.status).toBe(status);
    });

    test('a failed command is the reason of its phase', async () => {
      const result = await build(phases({ build: 'commands: ["echo a; exit 3"]' }));
      const message = 'Error while executing command: echo a; exit 3. Reason: exit status 3';
      expect(phasesOf(result)[3]).toEqual(['BUILD', 'FAILED', 'COMMAND_EXECUTION_ERROR', message]);
      expect(result.log).toContain('[Container] Command did not exit successfully echo a; exit 3 exit status 3');
      expect(result.log).toContain(
        `[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: ${message}`,
      );
    });

    test.each([
      ['stopped', 'STOPPED', {}],
      ['out of time', 'TIMED_OUT', { timeoutMs: 1000 }],
    ])('a build that is %s ends with everything it runs', async (what, status, changes) => {
      const stop = new AbortController();
      const write = async (lines: string[]) => {
        if (what === 'stopped' && lines.includes('ready')) stop.abort();
      };
      const result = await build(spec(['setsid sleep 300 & echo ready; sleep 300']), {
        ...changes,
        write,
        signal: stop.signal,
      });
      expect(result.status).toBe(status);
      expect(phasesOf(result).at(-1)).toEqual(['BUILD', status]);
      expect(result.left).toEqual([]);
    });
  });
}
