import { expect, test } from 'vitest';
import {
  type Attempts,
  bucketSettings,
  copy,
  copyAttempts,
  keyTricks,
  plainAttempts,
} from '../support/requests/escape-attempts.ts';
import { type Attempt, type EscapeHarness, openEscapeHarness } from '../support/requests/escape-harness.ts';
import { rootKey, serve } from '../support/servers/server.ts';

async function outcomesOf(world: EscapeHarness, attempts: Attempts): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await world.outcomeOf(attempt);
  return outcomes;
}

const all = (attempts: Attempts, code: string) => Object.fromEntries(Object.keys(attempts).map((name) => [name, code]));

/** None of the job's own secrets, nor a signature made with them, may stand in the log. */
function expectNoSecrets({ server, keys }: EscapeHarness): void {
  for (const secret of [keys.secretAccessKey, keys.sessionToken, 'Signature=']) {
    expect(server.logText()).not.toContain(secret);
  }
}

/** A world of its own for each place that artifacts may be in: another Millrace is as good a store as any. */
const places = {
  'in the data folder': () => openEscapeHarness(),
  'in an external store': async () =>
    openEscapeHarness({
      artifactStore: (await serve()).url,
      artifactStoreAccessKeyId: rootKey.accessKeyId,
      artifactStoreSecretAccessKey: rootKey.secretAccessKey,
    }),
};

test.each(Object.entries(places))(
  '%s, what a job was not given is AccessDenied to it, logged, and left as it was (behaviour A.5)',
  async (_, open) => {
    const world = await open();
    const before = await world.inventory();
    const attempts = { ...plainAttempts(world), ...copyAttempts(world), ...keyTricks(world) };
    expect(await outcomesOf(world, attempts)).toEqual(all(attempts, 'AccessDenied'));
    expect(await world.inventory()).toEqual(before);
    // Each was refused for what it wanted, not for a signature that this test made wrong.
    const refused = world.server.calls().filter(({ outcome }) => outcome === 'AccessDenied');
    expect(refused).toHaveLength(Object.keys(attempts).length);
    for (const line of refused) {
      expect(line.denied).toEqual({ action: expect.stringMatching(/^s3:/), resource: expect.any(String), count: 1 });
    }
    expectNoSecrets(world);
  },
);

test('no setting of a bucket is told or changed, and what nobody is offered is NotImplemented', async () => {
  const world = await openEscapeHarness();
  const codes = new Set<string>();
  for (const method of ['GET', 'PUT', 'DELETE']) {
    for (const code of Object.values(await outcomesOf(world, bucketSettings(method)))) codes.add(code);
  }
  expect([...codes].sort()).toEqual(['AccessDenied', 'NotImplemented']);
});

test.each(Object.entries(places))(
  '%s, deleting many at once answers 200 and refuses each one, which the log tells',
  async (_, open) => {
    const world = await open();
    const before = await world.inventory();
    const keys = [world.input, world.output, world.neighbour.input].map((path) => path.split('/').slice(2).join('/'));
    const answer = await world.send({
      method: 'POST',
      path: '/my-artifacts',
      query: 'delete=',
      body: `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.match(/<Code>AccessDenied<\/Code>/g)).toHaveLength(3);
    expect(answer.body).not.toContain('<Deleted>');
    const resource = `arn:aws:s3:::my-artifacts/${keys[0]}`;
    expect((await world.logLineOf(answer)).denied).toEqual({ action: 's3:DeleteObject', resource, count: 3 });
    expect(await world.inventory()).toEqual(before);
  },
);

test.each(Object.entries(places))(
  '%s, what the job has not written yet is missing, not forbidden, as clients look before and after an upload',
  async (_, open) => {
    const world = await open();
    const { output, neighbour } = world;
    const attempts: Attempts = {
      'read the own output': { path: output },
      'look at the own output': { method: 'HEAD', path: output },
      'copy the own output onto itself': { ...copy(output), path: output },
    };
    expect(await outcomesOf(world, attempts)).toEqual(all(attempts, 'NoSuchKey'));
    expect(await world.outcomeOf({ path: output, query: 'versionId=null' })).toMatch(/^NoSuch(Key|Version)$/);
    expect((await world.send({ method: 'HEAD', path: output })).status).toBe(404);
    expect((await world.send({ method: 'HEAD', path: neighbour.output })).status).toBe(403);
  },
);

test('the own objects open however they are spelt, and in every way that reads or writes them', async () => {
  const world = await openEscapeHarness();
  const { input, output, server } = world;
  const [, , ...key] = input.split('/');
  const host = `my-artifacts.${new URL(server.url).host}`;
  const attempts: Attempts = {
    'the input': { path: input },
    'its beginning': { path: input, headers: { range: 'bytes=0-2' } },
    'the look at it': { method: 'HEAD', path: input },
    'a version of it': { path: input, query: 'versionId=null' },
    'letters encoded': { path: input.replace('MyApp', '%4DyApp') },
    'slashes encoded': { path: `/my-artifacts/${key.join('%2F')}` },
    'the bucket before the host': { host, path: `/${key.join('/')}` },
    'a whole URL as the target': { path: `${server.url}${input}` },
    'the output': { method: 'PUT', path: output, body: 'report' },
    'the output read back': { path: output },
    'the end of the output': { path: output, headers: { range: 'bytes=-2' } },
    'the look at the output': { method: 'HEAD', path: output },
    'the output onto itself': {
      method: 'PUT',
      path: output,
      headers: { 'x-amz-copy-source': output, 'x-amz-metadata-directive': 'REPLACE' },
    },
    'the input copied to the output': { ...copy(input), path: output },
    'a version of the input copied': { ...copy(`${input}?versionId=null`), path: output },
  };
  expect(await outcomesOf(world, attempts)).toEqual(all(attempts, 'ok'));
  const odd: Attempts = {
    'a zero in the key': { path: `${input}%00` },
    'another version of the input': { path: input, query: 'versionId=11111111-2222-4333-8444-555555555555' },
    'the output written only if it is not there': {
      method: 'PUT',
      path: output,
      headers: { 'if-none-match': '*' },
      body: 'x',
    },
  };
  expect(Object.values(await outcomesOf(world, odd))).toEqual(['InvalidURI', 'NoSuchVersion', 'PreconditionFailed']);
});

test.each(Object.entries(places))(
  '%s, an upload in parts is open for the own output alone, never to the upload of another',
  async (_, open) => {
    const world = await open();
    const { output, input, neighbour } = world;
    const begin = async (attempt: Attempt) => {
      const { body } = await world.send({ ...attempt, method: 'POST', query: 'uploads=' });
      return /<UploadId>(\w+)</.exec(body)?.[1] ?? '';
    };
    const theirs = await begin({ path: neighbour.output, keys: neighbour.keys });
    const dropped = await begin({ path: output });
    const own = await begin({ path: output });
    const of = (uploadId: string, more = '') => ({ path: output, query: `${more}uploadId=${uploadId}` });
    const foreign: Attempts = {
      part: { ...of(theirs, 'partNumber=1&'), method: 'PUT', body: 'x' },
      'part by copy': { ...copy(input), ...of(theirs, 'partNumber=1&') },
      list: of(theirs),
      end: { ...of(theirs), method: 'DELETE' },
    };
    expect(await outcomesOf(world, foreign)).toEqual(all(foreign, 'NoSuchUpload'));
    const part = await world.send({ ...of(own, 'partNumber=1&'), method: 'PUT', body: 'report' });
    const parts = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.etag}</ETag></Part>`;
    const allowed: Attempts = {
      'the input as a part': { ...copy(input), ...of(own, 'partNumber=2&') },
      list: of(own),
      complete: {
        ...of(own),
        method: 'POST',
        body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`,
      },
      end: { ...of(dropped), method: 'DELETE' },
    };
    expect(await outcomesOf(world, allowed)).toEqual(all(allowed, 'ok'));
    expect(await world.outcomeOf({ ...of(theirs), path: neighbour.output, keys: neighbour.keys })).toBe('ok');
  },
);
