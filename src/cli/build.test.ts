import { constants, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMillraceWith } from '../../test/support/requests/command-line.ts';
import { defaultArchiveLimits } from '../worker/archives/archive-limits.ts';
import { readZip } from '../worker/archives/zip-reader.ts';

let source: string;

beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'millrace-source-'));
  write('buildspec.yml', 'echo "hello $NAME" | tee greeting.txt');
});

afterEach(() => {
  rmSync(source, { recursive: true, force: true });
});

function write(name: string, command: string) {
  const artifacts = 'artifacts: { files: greeting.txt, secondary-artifacts: { second: { files: greeting.txt } } }';
  const text = `version: 0.2\nphases: { build: { commands: [${JSON.stringify(command)}] } }\n${artifacts}\n`;
  writeFileSync(join(source, name), text);
}

const path = { PATH: process.env.PATH ?? '' };
const build = (...args: string[]) => runMillraceWith(path, 'build', '--source', source, ...args);

test('runs a buildspec on a copy of the source and stores its artifacts', async () => {
  const artifacts = join(source, 'made');
  const file = join(source, 'variables');
  writeFileSync(file, '# who\nexport NAME=world\nOTHER=a=b\n');
  const { code, printed, complained } = await build('-a', artifacts, '-e', file);
  expect(printed).toContain('hello world');
  expect(complained).toEqual([
    'The build runs as processes of your user; --cage bubblewrap confines it.',
    expect.stringMatching(/^Build SUCCEEDED after \d+\.\d s$/),
    `Artifact: ${artifacts}/artifacts.zip`,
    `Artifact: ${artifacts}/second.zip`,
  ]);
  expect(code).toBe(0);
  expect(readFileSync(join(artifacts, 'artifacts.zip')).subarray(0, 2).toString()).toBe('PK');
  expect(statSync(join(source, 'greeting.txt'), { throwIfNoEntry: false })).toBeUndefined();
});

test('stores symbolic links as links if the buildspec says so', async () => {
  write('buildspec.yml', 'ln -s /etc/passwd greeting.txt');
  const text = readFileSync(join(source, 'buildspec.yml'), 'utf8');
  const withLinks = text.replace('files: greeting.txt', 'files: greeting.txt, enable-symlinks: yes');
  writeFileSync(join(source, 'buildspec.yml'), withLinks.replace(/, secondary.*/, ' }'));
  expect((await build('-a', source)).code).toBe(0);
  for await (const entry of readZip(join(source, 'artifacts.zip'), defaultArchiveLimits)) {
    expect([entry.name, (entry.unixMode ?? 0) & constants.S_IFMT]).toEqual(['greeting.txt', constants.S_IFLNK]);
  }
  expect.assertions(2);
});

test('takes parameters and secrets from a file of resources', async () => {
  const spec = 'version: 0.2\nenv: { parameter-store: { HOST: /shop/host }, secrets-manager: { KEY: "shop:key" } }\n';
  writeFileSync(join(source, 'buildspec.yml'), `${spec}phases: { build: { commands: ['echo "$HOST $KEY"'] } }`);
  const file = join(source, 'resources.yaml');
  const secret = `secrets: [{ name: shop, value: '{"key":"hidden-1"}' }]`;
  writeFileSync(file, `parameters: [{ name: /shop/host, value: db.example.com }]\n${secret}`);
  expect((await build('--resources', file)).printed).toContain('*** ***');
  const { code, complained } = await build();
  expect(complained.at(-1)).toContain("DOWNLOAD_SOURCE: HOST: There is no parameter '/shop/host'.");
  expect(code).toBe(4);
});

test('runs a batch in the order of its graph', async () => {
  const batch = `batch:
  build-graph:
    - { identifier: second, depend-on: [first], env: { variables: { NAME: two } } }
    - { identifier: first, buildspec: first.yml }
    - { identifier: third, depend-on: [failing] }
    - { identifier: failing, buildspec: failing.yml }
`;
  writeFileSync(join(source, 'buildspec.yml'), `${readFileSync(join(source, 'buildspec.yml'), 'utf8')}${batch}`);
  write('first.yml', 'echo "$CODEBUILD_BATCH_BUILD_IDENTIFIER" | tee greeting.txt');
  write('failing.yml', 'exit 1');
  const { code, printed, complained } = await build('--batch', '-a', join(source, 'made'));
  expect(printed.filter((line) => !line.startsWith('['))).toEqual(['first', 'hello two']);
  expect(complained.slice(-4)).toEqual(['SUCCEEDED second', 'SUCCEEDED first', 'SKIPPED   third', 'FAILED    failing']);
  expect(code).toBe(4);
  expect(statSync(join(source, 'made/first/artifacts.zip')).isFile()).toBe(true);
  const none = await build('first.yml', '--batch');
  expect([none.code, none.complained.join()]).toEqual([2, expect.stringContaining('--batch: first.yml has no batch.')]);
});

test('works in the source itself if asked to', async () => {
  expect((await build('--in-place')).code).toBe(0);
  expect(readFileSync(join(source, 'greeting.txt'), 'utf8')).toBe('hello \n');
});

test('a failed build has an exit code of its own and says why', async () => {
  write('other.yml', 'exit 3');
  const { code, complained } = await build('other.yml');
  expect(code).toBe(4);
  expect(complained.at(-1)).toMatch(
    /^Build FAILED after .* s: BUILD: Error while executing command: exit 3\. Reason: exit status 3$/,
  );
});

test('keeps the folders of the build if asked to', async () => {
  const { complained } = await build('--keep');
  const folder = /^Folders of the build: (.*)$/.exec(complained.at(-1) ?? '')?.[1] ?? '';
  expect(readFileSync(join(folder, 'src/greeting.txt'), 'utf8')).toBe('hello \n');
  rmSync(folder, { recursive: true });
});

test.each([
  [['--source', '/nowhere'], '--source /nowhere: there is no such folder.'],
  [['--source', '.', '--source', '.'], 'there is a source already; name this one, as in NAME:.'],
  [['--cage', 'jail'], '--cage jail: expected process, bubblewrap, namespaces, docker, podman.'],
  [['--cage', 'podman'], '--cage podman needs --image.'],
  [['--cage', 'process', '--image', 'x'], '--image needs a container, and not --cage process.'],
  [['--timeout', '0'], 'expected minutes, more than 0 and at most 2160.'],
  [['--environment', '/nowhere'], '--environment /nowhere: ENOENT'],
])('%j is refused', async (args, message) => {
  const { code, complained } = await runMillraceWith(path, 'build', ...args);
  expect(complained.join('\n')).toContain(message);
  expect(code).toBe(2);
});

test('an image without Docker and Podman is refused with what is missing', async () => {
  const { code, complained } = await runMillraceWith({ PATH: '/nowhere' }, 'build', '--source', source, '--image', 'x');
  expect(complained.join('\n')).toContain(
    '--image needs Docker or Podman: docker is not installed. podman is not installed.',
  );
  expect(code).toBe(2);
});
