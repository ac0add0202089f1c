import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Slow networks are no failure of the package. */
const installTimeoutMs = 180_000;
let folder: string;
let installed: string;
let names: string[];

// As a user gets it: packed, then installed into an empty folder, with the dependencies that npm brings along.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
  // Without scripts: the build is fresh, and building again would pull it from under the other suites.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(
    execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed.filename}`];
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  installed = join(folder, 'node_modules/millrace');
  names = packed.files.map(({ path }: { path: string }) => path);
}, installTimeoutMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds the program with its model and every migration, and nothing that only developers need', () => {
  const migrations = readdirSync(join(root, 'src/store/migrations')).map((name) => `dist/store/migrations/${name}`);
  const needed = [
    'bin/millrace',
    'dist/main.js',
    'dist/contract/codepipeline-2015-07-09.json',
    'LICENSE',
    'CHANGELOG.md',
  ];
  expect(names).toEqual(expect.arrayContaining([...needed, ...migrations]));
  expect(names.filter((name) => /\.ts$|\.map$|^dist\/.*\.test\.|^(?:src|test|scripts)\//.test(name))).toEqual([]);
  expect(names).not.toContain('dist/store/conformance.js');
  expect(statSync(join(installed, 'bin/millrace')).mode & 0o111).toBe(0o111);
});

test('the installed program starts on an empty folder, serves the environment, and stops cleanly', async () => {
  const data = join(folder, 'data');
  const server = spawn('npx', ['millrace', 'start', '--port', '0', '--data', data, '--log-level', 'silent'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), exited]);
    expect(line).toMatch(
      /^Millrace is ready at http:\/\/127\.0\.0\.1:\d+ \(account \d{12}, region us-east-1, data .*\)$/,
    );
    const environment = execFileSync('npx', ['millrace', 'env', '--data', data], { cwd: folder, encoding: 'utf8' });
    expect(environment).toContain(`export AWS_ENDPOINT_URL='${line.split(' ')[4]}'`);
    expect(existsSync(join(data, 'aws-credentials'))).toBe(true);
  } finally {
    // npx does not pass the signal on, so the server itself gets it; its exit code comes back through npx.
    process.kill(Number(readFileSync(join(data, 'lock.pid'), 'utf8')), 'SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
});
