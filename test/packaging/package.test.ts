import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The environment of a user, without the root key that the tests set for their servers. */
const { MILLRACE_ROOT_ACCESS_KEY_ID: _id, MILLRACE_ROOT_SECRET_ACCESS_KEY: _secret, ...env } = process.env;
/** A slow network must not fail the tests. */
const installTimeoutMs = 180_000;
let folder: string;
let installed: string;
let names: string[];
let tarball: string;

// As users get it: packed, then installed into an empty folder with its dependencies.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
  // Without scripts: the build is fresh, and rebuilding would delete it while other suites use it.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse(
    execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  tarball = join(folder, packed.filename);
  const install = [
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    `./${packed.filename}`,
  ];
  execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  installed = join(folder, 'node_modules/millrace');
  names = packed.files.map(({ path }: { path: string }) => path);
}, installTimeoutMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package contains the program, its model and every migration, and no development files', () => {
  const migrations = readdirSync(join(root, 'src/store/migrations')).map((name) => `dist/store/migrations/${name}`);
  const needed = [
    'bin/millrace',
    'dist/server/start-server.js',
    'dist/contract/codepipeline-2015-07-09.json',
    'dist/worker/library.js',
    'dist/worker/library.d.ts',
    'LICENSE',
    'CHANGELOG.md',
  ];
  expect(names).toEqual(expect.arrayContaining([...needed, ...migrations]));
  expect(names.filter((name) => /(?<!\.d)\.ts$|\.map$|^dist\/.*\.test\.|^(?:src|test|scripts)\//.test(name))).toEqual(
    [],
  );
  expect(names).not.toContain('test/conformance/conformance.js');
  expect(statSync(join(installed, 'bin/millrace')).mode & 0o111).toBe(0o111);
});

test('the installed program starts on an empty folder, prints the environment, and stops cleanly', async () => {
  const data = join(folder, 'data');
  const server = spawn('npx', ['millrace', 'start', '--port', '0', '--data', data, '--log-level', 'silent'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), exited]);
    expect(line).toMatch(
      /^Millrace is ready at http:\/\/127\.0\.0\.1:\d+ \(account \d{12}, region us-east-1, data .*\)$/,
    );
    const environment = execFileSync('npx', ['millrace', 'env', '--data', data], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect(environment).toContain(`export AWS_ENDPOINT_URL='${line.split(' ')[4]}'`);
    expect(existsSync(join(data, 'aws-credentials'))).toBe(true);
  } finally {
    // npx does not forward signals, so the server itself gets it; npx returns its exit code.
    process.kill(Number(readFileSync(join(data, 'lock.pid'), 'utf8')), 'SIGTERM');
  }
  expect(await exited).toEqual([0, null]);
});

test(
  'the unpacked package installs its dependencies and runs in place',
  () => {
    execFileSync('tar', ['xzf', tarball, '-C', folder]);
    const cwd = join(folder, 'package');
    // With scripts: npm runs `prepare` here.
    const install = ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'];
    execFileSync('npm', install, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(execFileSync(join(cwd, 'bin/millrace'), ['--version'], { encoding: 'utf8' })).toBe(`${version}\n`);
  },
  installTimeoutMs,
);

test('the worker library can be imported, and its types suffice for a strict program', () => {
  writeFileSync(
    join(folder, 'program.ts'),
    `import { createJobWorker, JobFailure, type WorkerJob } from 'millrace/worker';
     interface Settings { ProjectName: string }
     async function perform(job: WorkerJob<Settings>) {
       const project: string = job.configuration.ProjectName;
       if (project === '') throw new JobFailure('ConfigurationError', 'no project');
       await job.input('Source').unpack('folder');
       return job.continuationToken === undefined ? job.continueLater('half') : { outputVariables: { project } };
     }
     const actionType = { category: 'Build', provider: 'Make', version: '1' } as const;
     const worker = createJobWorker<Settings>({ actionType, perform, endpoint: 'http://127.0.0.1:1', maxJobs: 0 });
     worker.start();
     const { Failed } = await worker.ended;
     console.log('failed jobs:', Failed);
`,
  );
  const options = ['--strict', '--module', 'NodeNext', '--target', 'ES2023', '--types', 'node'];
  const typeRoots = ['--typeRoots', join(root, 'node_modules/@types'), '--outDir', folder];
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  execFileSync(join(root, 'node_modules/.bin/tsc'), [...options, ...typeRoots, 'program.ts'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const printed = execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe('failed jobs: 0\n');
});
