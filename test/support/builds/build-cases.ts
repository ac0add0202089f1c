import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildIn, phasesOf, spec, type TriedCage } from './build-run.ts';

import { describeHostileBuilds } from './hostile-cases.ts';
import { describePhases } from './phase-cases.ts';

/** Tests that builds behave as at CodeBuild, whatever their cage is. */
export function describeBuilds(tried: TriedCage): void {
  const build = (text: string, changes?: Parameters<typeof buildIn>[2]) => buildIn(tried, text, changes);

  describePhases(tried);
  describeHostileBuilds(tried);

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

    test('of the project and of the start may be those of parameters and secrets, and are masked', async () => {
      const result = await build(spec(['echo $A $B $C $P $S'], env), {
        variables: {
          project: { A: { parameter: '/app/a' }, B: { secret: 'db' }, P: 'project' },
          start: { B: 'start', S: { secret: 'other' } },
        },
      });
      expect(result.printed).toEqual(['*** start buildspec project ***']);
    });

    test('by which services are found give way to all others, and are left out without a network', async () => {
      const serviceVariables = { A: 'service', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:7090' };
      const text = spec(['echo $A ${AWS_ENDPOINT_URL_S3-none}'], env);
      const found = await build(text, { serviceVariables });
      expect(found.printed).toEqual(['buildspec http://127.0.0.1:7090']);
      const cut = await build(text, { serviceVariables, hasNetwork: false });
      expect(cut.printed).toEqual(['buildspec none']);
    });

    test('are all that commands get for Git', async () => {
      const result = await build(spec(['echo a'], 'env: { git-credential-helper: yes }'));
      expect(result.log).toContain(
        '[Container] Warning: git-credential-helper has no effect: give commands that clone a token, as a secret',
      );
    });

    test('with names that no shell takes are left out', async () => {
      const names = 'env: { variables: { a-b: x, "C; echo injected": y, D: z } }';
      const result = await build(spec(['echo $D'], names));
      expect(result.printed).toEqual(['z']);
      expect(result.log).toContain(
        "[Container] Skipping the variable 'a-b': a shell takes letters, digits and underscores",
      );
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

    test('a secondary one does as the only one that is wanted', async () => {
      const text = spec(
        ['echo'],
        'artifacts: { secondary-artifacts: { js: { files: dist/a.js }, doc: { files: README.md } } }',
      );
      const wantedArtifacts = { hasPrimary: true, orSecondary: 'js', secondary: [] };
      expect(names(await build(text, { files, wantedArtifacts }))).toEqual(['dist/a.js']);
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
      expect(result.reports).toEqual([
        { name: 'unit', fileFormat: 'JUNITXML', files: 2, totals, testCases: expect.any(Array) },
      ]);
      expect(result.reports[0]?.testCases).toHaveLength(3);
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

  describe('the cache', () => {
    const text = (commands: string[]) =>
      spec(commands, 'cache: { paths: ["deps/**/*", "/root/.tool/*", /opt/none/*] }');

    test('keeps files of the source and of the home folder, and links as links', async () => {
      const cacheFolder = join(await mkdtemp(join(tmpdir(), 'millrace-cache-')), 'cache');
      const first = text([
        'mkdir -p deps/a ~/.tool; echo 1 > deps/a/f; ln -s a/f deps/l; echo 2 > ~/.tool/t; echo 3 > other',
      ]);
      expect((await build(first, { cacheFolder })).status).toBe('SUCCEEDED');
      const second = text([
        'cat deps/l ~/.tool/t; test -L deps/l && echo link; cat other || echo none; echo 4 > deps/a/f',
      ]);
      const result = await build(second, { cacheFolder });
      expect(result.printed.filter((line) => !line.includes('No such file'))).toEqual(['1', '2', 'link', 'none']);
      expect(result.log).toContain(
        '[Container] Skipping cache path /opt/none/*: only paths of the source and of HOME are kept',
      );
      expect((await build(text(['cat deps/l; exit 1']), { cacheFolder })).printed).toEqual(['4']);
      await rm(dirname(cacheFolder), { recursive: true });
    });

    test('stays as it was if a build fails', async () => {
      const cacheFolder = join(await mkdtemp(join(tmpdir(), 'millrace-cache-')), 'cache');
      await build(text(['mkdir deps; echo 1 > deps/f']), { cacheFolder });
      await build(text(['echo 2 > deps/f; exit 1']), { cacheFolder });
      expect((await build(text(['cat deps/f']), { cacheFolder })).printed).toEqual(['1']);
      await rm(dirname(cacheFolder), { recursive: true });
    });
  });
}
