import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { BuildRequest, BuiltArtifact } from '../../../src/builds/build-request.ts';
import { runBuild } from '../../../src/builds/run-build.ts';
import type { CageKind } from '../../../src/cages/cage.ts';
import { findMarked } from '../../../src/cages/marked-processes.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A kind of cage to try, and what it needs. */
export interface TriedCage {
  cage: CageKind;
  image?: string;
}

/** Runs a buildspec on some files; the log comes without times. */
export async function buildIn(
  { cage, image }: TriedCage,
  text: string,
  changes: Partial<BuildRequest> & { files?: Record<string, string> } = {},
) {
  const { files = {}, ...more } = changes;
  const root = await mkdtemp(join(tmpdir(), 'millrace-build-'));
  folders.push(root);
  const [source, temporary, home] = ['src', 'tmp', 'home'].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [source, temporary, home]) await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(source, name)), { recursive: true });
    await writeFile(join(source, name), content);
  }
  const log: string[] = [];
  const printed: string[] = [];
  const artifacts: BuiltArtifact[] = [];
  const id = `shop:${crypto.randomUUID()}`;
  const result = await runBuild({
    facts: { id, initiator: 'codepipeline/shop', region: 'eu-central-1', isCi: true },
    folders: { source, temporary, home, secondarySources: {} },
    ...(text !== '' && { buildspec: { text } }),
    variables: { project: {}, start: {} },
    values: {
      parameter: async (name) => `value of ${name}`,
      secret: async (reference) => `secret ${reference}`,
    },
    cage,
    ...(image !== undefined && { image }),
    hasNetwork: true,
    limits: {},
    timeoutMs: 60_000,
    secrets: [],
    write: async (lines) => {
      log.push(...lines);
      if (!lines[0]?.startsWith('[Container]')) printed.push(...lines);
    },
    now: Date.now,
    signal: new AbortController().signal,
    wantedArtifacts: { hasPrimary: true, secondary: 'all' },
    store: async (artifact) => {
      artifacts.push(artifact);
    },
    ...more,
  });
  const lines = log.map((line) =>
    line
      .replace(/^(\[Container\]) \S+ \S+/, '$1')
      .replaceAll(source, 'SRC')
      .replaceAll(/\/codebuild\/output\/src\d+\/src/g, 'SRC'),
  );
  return { ...result, id, log: lines, printed, artifacts, source, left: await findMarked(id) };
}

/** Returns a buildspec of some commands. */
export const spec = (build: string[], more = '') =>
  `version: 0.2\nphases:\n  build:\n    commands:\n${build.map((line) => `      - ${JSON.stringify(line)}\n`).join('')}${more}`;

/** What became of each phase, and why. */
const phasesOf = ({ phases }: Awaited<ReturnType<typeof buildIn>>) =>
  phases.map(({ phase, status, failure }) => [phase, status, ...(failure ? [failure.code, failure.message] : [])]);

/** Tests that builds behave as at CodeBuild, whatever their cage is. */
export function describeBuilds(tried: TriedCage): void {
  const build = (text: string, changes?: Parameters<typeof buildIn>[2]) => buildIn(tried, text, changes);

  describe('commands (builds 1.2)', () => {
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

  describe('phases (builds 1.2)', () => {
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

  describe('the buildspec', () => {
    test('is a file of the source', async () => {
      const files = { 'buildspec.yml': spec(['echo found']), 'ci/other.yml': spec(['echo other']) };
      expect((await build('', { files })).printed).toEqual(['found']);
      expect((await build('', { files, buildspec: { path: 'ci/other.yml' } })).printed).toEqual(['other']);
    });

    test.each<[string, Parameters<typeof buildIn>[2], string]>([
      ['is missing', {}, 'YAML file does not exist'],
      ['is called otherwise', { files: { 'buildspec.yaml': '' } }, 'There is a buildspec.yaml'],
      ['is missing where the project says', { buildspec: { path: 'x.yml' } }, 'stat x.yml: no such file or directory'],
      ['is no YAML', { buildspec: { text: 'a: [' } }, 'Flow sequence'],
    ])('that %s fails the download', async (_, changes, message) => {
      expect(phasesOf(await build('', changes))).toEqual([
        ['DOWNLOAD_SOURCE', 'FAILED', 'YAML_FILE_ERROR', expect.stringContaining(message)],
        ['FINALIZING', 'SUCCEEDED'],
      ]);
    });
  });

  describe('variables', () => {
    const env = `env:
  variables: { A: buildspec, B: buildspec, C: buildspec, D: "$A" }
  parameter-store: { P: /app/p }
  secrets-manager: { S: "db:password" }
  exported-variables: [A, E, NONE, P]
`;

    test('of the start win over those of the project, and those over the buildspec; they are literal', async () => {
      const result = await build(spec(['echo $A $B $C $D'], env), {
        variables: { project: { B: 'project', C: 'project' }, start: { C: "it's" } },
      });
      expect(result.printed).toEqual(["buildspec project it's $A"]);
    });

    test('that are exported have their last values', async () => {
      const result = await build(spec(['A="two\nlines"; E=new'], env));
      expect(result.exportedVariables).toEqual({ A: 'two\nlines', E: 'new', P: 'value of /app/p' });
    });

    test('with secrets are masked in the log', async () => {
      const result = await build(
        spec(['echo "[$P]"; printf %s "$S" | cut -c1-3; echo "$S"', 'printf "$S" | base64'], env),
      );
      expect(result.printed).toEqual(['[***]', 'sec', '***', '***']);
    });

    test('that are nowhere fail the download by their name', async () => {
      const values = {
        parameter: async (name: string) => {
          throw new Error(`There is no parameter ${name}.`);
        },
        secret: async () => '',
      };
      expect(phasesOf(await build(spec(['echo a'], env), { values }))[0]).toEqual([
        'DOWNLOAD_SOURCE',
        'FAILED',
        'CLIENT_ERROR',
        'P: There is no parameter /app/p.',
      ]);
    });

    test('of CodeBuild are there, and those of this process are not', async () => {
      const result = await build(
        spec(['echo $CODEBUILD_INITIATOR $CODEBUILD_CI $AWS_REGION ${VITEST-none} $CODEBUILD_BUILD_ID']),
      );
      expect(result.printed).toEqual([`codepipeline/shop true eu-central-1 none ${result.id}`]);
    });
  });

  describe('artifacts', () => {
    const files = {
      'dist/a.js': 'a',
      'dist/.hidden': 'h',
      'dist/deep/b.js': 'b',
      'dist/deep/b.js.map': 'm',
      'README.md': 'r',
    };
    const names = ({ artifacts }: Awaited<ReturnType<typeof buildIn>>, identifier?: string) =>
      artifacts.find((artifact) => artifact.identifier === identifier)?.entries.map(({ name }) => name);

    test.each([
      ["files: '**/*'", ['README.md', 'dist/.hidden', 'dist/a.js', 'dist/deep/b.js', 'dist/deep/b.js.map']],
      ['files: [dist/*]', ['dist/.hidden', 'dist/a.js']],
      ['files: README.md', ['README.md']],
      ['files: ./README.md', ['README.md']],
      ["base-directory: dist, files: '**/*'", ['.hidden', 'a.js', 'deep/b.js', 'deep/b.js.map']],
      ["base-directory: 'di*', files: '**/*.js'", ['a.js', 'deep/b.js']],
      ["files: '**/*.js', discard-paths: yes", ['a.js', 'b.js']],
      ["files: '**/*', exclude-paths: ['**/*.map', dist/.hidden]", ['README.md', 'dist/a.js', 'dist/deep/b.js']],
      ['files: [missing, README.md]', ['README.md']],
    ])('%s', async (artifacts, expected) => {
      const result = await build(spec(['cd dist'], `artifacts: { ${artifacts} }`), { files });
      expect(names(result)).toEqual(expected);
      expect(phasesOf(result).at(-2)).toEqual(['UPLOAD_ARTIFACTS', 'SUCCEEDED']);
    });

    test.each([
      ['files: [nothing]', 'no matching artifact paths found'],
      ['base-directory: none, files: "**/*"', 'no matching base directory path found for none'],
      ['base-directory: ../.., files: "**/*"', 'no matching base directory path found for ../..'],
      ['name: x', 'no definition for primary artifacts in buildspec'],
      ['files: [passwd]', 'passwd is a link to something outside of the source folder'],
    ])('%s fails', async (artifacts, message) => {
      const result = await build(spec(['ln -s /etc/passwd passwd'], `artifacts: { ${artifacts} }`));
      expect(phasesOf(result).at(-2)).toEqual(['UPLOAD_ARTIFACTS', 'FAILED', 'CLIENT_ERROR', message]);
      expect(result.status).toBe('FAILED');
    });

    test('have symbolic links as what they name, or as links if the buildspec says so', async () => {
      const links = spec(['ln -s README.md link; ln -s /etc/passwd away'], 'artifacts: { files: link }');
      const entryOf = async (text: string) => (await build(text, { files })).artifacts[0]?.entries[0];
      expect(await entryOf(links)).toMatchObject({ name: 'link', sizeBytes: 1 });
      const kept = links.replace('files: link', 'files: away, enable-symlinks: yes');
      expect(await entryOf(kept)).toMatchObject({ name: 'away', linkTarget: '/etc/passwd' });
    });

    test('are stored of a failed build too, but not after a failed install', async () => {
      const text = spec(['exit 1'], 'artifacts: { files: README.md }');
      const failed = await build(text, { files });
      expect([failed.status, names(failed)]).toEqual(['FAILED', ['README.md']]);
      expect(names(await build(text.replace('  build:', '  install:'), { files }))).toBeUndefined();
    });

    test('secondary ones have identifiers', async () => {
      const text = spec(
        ['echo'],
        'artifacts: { files: README.md, secondary-artifacts: { js: { files: "**/*.js", base-directory: dist } } }',
      );
      const result = await build(text, { files });
      expect([names(result), names(result, 'js')]).toEqual([['README.md'], ['a.js', 'deep/b.js']]);
    });
  });

  describe('reports', () => {
    const suite = (cases: string) => `<testsuite>${cases}</testsuite>`;
    const files = {
      'out/a.xml': suite('<testcase time="1"/><testcase><failure/></testcase>'),
      'out/b.xml': suite('<testcase/>'),
    };

    test('are read from their files, and their totals are in the log', async () => {
      const reports = 'reports: { unit: { files: "**/*.xml", base-directory: out } }';
      const result = await build(spec(['exit 1'], reports), { files });
      const totals = { kind: 'tests', total: 3, failed: 1, errors: 0, skipped: 0, duration: 1 };
      expect(result.reports).toEqual([{ name: 'unit', fileFormat: 'JUNITXML', files: 2, totals }]);
      expect(result.log).toContain('[Container] Report unit: 3 tests, 1 failed, 0 errors, 0 skipped, 1.000 s');
    });

    test.each([
      ['files: none.xml', 'no matching files found'],
      ['files: x.xml, base-directory: none', 'no matching files found'],
      ['files: out/a.xml, file-format: COBERTURAXML', 'its files are not COBERTURAXML'],
      ['files: out/a.xml, file-format: TESTNGXML', 'totals of TESTNGXML are not read'],
      ['files: link', 'no matching files found'],
    ])('that cannot be read fail nothing: %s', async (report, message) => {
      const result = await build(spec(['ln -s /etc/passwd link'], `reports: { r: { ${report} } }`), { files });
      expect(result.status).toBe('SUCCEEDED');
      expect(result.log).toContain(`[Container] Report r: ${message}`);
    });
  });
}
