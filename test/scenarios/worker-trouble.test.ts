import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { createJobWorker } from '../../src/worker/library.ts';
import { registerJenkins } from '../support/pipelines/scenario.ts';
import { createKey } from '../support/requests/own-api.ts';
import { region, rootKey, serve } from '../support/servers/server.ts';
import { startCommandWorker, startWorker } from '../support/workers/worker-process.ts';

const tls = (name: string) => fileURLToPath(new URL(`../support/servers/tls/test-only-${name}.pem`, import.meta.url));
const noServer = 'http://127.0.0.1:9';
const idle = ['--idle-exit', '1'];
const type = ['--category', 'Test', '--provider', 'JenkinsProviderName', '--version', '1'];

/** Runs a worker until its idle exit; returns its exit code and output. */
async function runIdle(url: string, options: string[] = [], env: NodeJS.ProcessEnv = {}) {
  const worker = startCommandWorker(url, 'true', [...idle, ...options], env);
  return { code: await worker.ended, printed: worker.printed() };
}

test.each([
  ['a closed port', noServer, [], {}, /nothing listens at .*millrace start/],
  ['an unknown host name', 'http://no-such-host.invalid:7090', [], {}, /host name .* is not known/],
  [
    'no keys at all',
    noServer,
    [],
    { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    /no access key was found: set/,
  ],
])(
  '%s: prints cause and advice, and exits with 1 because every poll failed',
  async (_case, url, options, env, text) => {
    const hidden = {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const { code, printed } = await runIdle(url, options, { ...hidden, ...env });
    expect(printed).toMatch(text);
    expect(printed).toMatch(/worker ended: no jobs done, no poll was answered/);
    expect(code).toBe(1);
  },
);

test('wrong keys, missing rights, an unknown type and wrong queries: prints cause and advice, and exits with 1', async () => {
  const server = await serve();
  await registerJenkins(server.codePipeline());
  const powerless = await createKey(server.url, 'powerless', ['codepipeline:ListPipelines']);
  const keys = { AWS_ACCESS_KEY_ID: powerless.accessKeyId, AWS_SECRET_ACCESS_KEY: powerless.secretAccessKey };
  const cases: [string[], NodeJS.ProcessEnv, RegExp][] = [
    [[], { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN000000000' }, /does not know the access key: set AWS_ACCESS_KEY_ID/],
    [[], { AWS_SECRET_ACCESS_KEY: 'wrong' }, /refuses the signature: check AWS_SECRET_ACCESS_KEY/],
    [
      [],
      keys,
      /may not poll for Test\/Custom\/JenkinsProviderName\/1: its policies must allow codepipeline:PollForJobs/,
    ],
    [['--provider', 'Unknown'], {}, /no action type Test\/Custom\/Unknown\/1 in the region us-east-1: check category/],
    [['--category', 'Build'], {}, /no action type Build\/Custom/],
  ];
  const seen = await Promise.all(cases.map(([options, env]) => runIdle(server.url, options, env)));
  for (const [index, [, , text]] of cases.entries()) {
    expect(seen[index]?.printed).toMatch(text);
    expect(seen[index]?.code).toBe(1);
  }
}, 60_000);

test.each([
  ['is missing', [], /name it with --query PROPERTY=VALUE .*'ProjectName'/],
  ['names another property', ['--query', 'Other=x'], /--query must name its queryable property.*'ProjectName'/],
])('a query that %s: the advice names the option and the property', async (_case, query, text) => {
  const server = await serve();
  await registerJenkins(server.codePipeline());
  const worker = startWorker(server.url, ['bin/millrace', 'worker', ...type, ...query, ...idle, '--', 'true']);
  expect(await worker.ended).toBe(1);
  expect(worker.printed()).toMatch(text);
});

test('a private authority, and HTTP instead of HTTPS: prints cause and advice; works with NODE_EXTRA_CA_CERTS', async () => {
  const secure = await serve({ tlsCert: tls('cert'), tlsKey: tls('key') });
  const plain = await serve();
  const untrusted = await runIdle(secure.url);
  expect(untrusted.printed).toMatch(/authority that this machine does not trust: set NODE_EXTRA_CA_CERTS/);
  expect(untrusted.code).toBe(1);
  const mixed = await runIdle(plain.url.replace('http:', 'https:'));
  expect(mixed.printed).toMatch(/does not speak HTTPS: begin --endpoint with http:/);
  const reversed = await runIdle(secure.url.replace('https:', 'http:'));
  expect(reversed.printed).toMatch(/https:\/\//);
  // With its authority the certificate is trusted, and the poll fails only because the action type doesn't exist.
  const trusted = await runIdle(secure.url, [], { NODE_EXTRA_CA_CERTS: tls('cert') });
  expect(trusted.printed).toMatch(/there is no action type/);
}, 60_000);

test('the library warns on standard error unless it gets a log', async () => {
  const written: string[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((line: string) => void written.push(line));
  const options = {
    actionType: { category: 'Test', provider: 'JenkinsProviderName', version: '1' },
    endpoint: noServer,
    region,
    credentials: rootKey,
    idleExitMs: 200,
    perform: async () => undefined,
  } as const;
  try {
    const silent = createJobWorker(options);
    silent.start();
    await silent.ended;
    expect(written.join('\n')).toMatch(/millrace worker warning: polling fails: nothing listens at/);
    expect(silent.isCutOff()).toBe(true);
    const count = written.length;
    const lines: string[] = [];
    const record = (_fields: object, message: string) => void lines.push(message);
    const logging = createJobWorker({ ...options, log: { info: record, warn: record, error: record } });
    logging.start();
    await logging.ended;
    expect(lines).toContainEqual(expect.stringMatching(/^polling fails: nothing listens/));
    expect(written).toHaveLength(count);
  } finally {
    spy.mockRestore();
  }
});
