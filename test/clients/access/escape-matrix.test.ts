import { expect, test } from 'vitest';
import {
  type Attempts,
  bucketSettings,
  copy,
  copyAttempts,
  keyTricks,
  plainAttempts,
} from '../../support/requests/escape-attempts.ts';
import { type Attempt, type EscapeHarness, openEscapeHarness } from '../../support/requests/escape-harness.ts';
import { rootKey, serve } from '../../support/servers/server.ts';

async function outcomesOf(harness: EscapeHarness, attempts: Attempts): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) outcomes[name] = await harness.outcomeOf(attempt);
  return outcomes;
}

const all = (attempts: Attempts, code: string) => Object.fromEntries(Object.keys(attempts).map((name) => [name, code]));

/** The log must not contain the job's secrets or a signature made with them. */
function expectNoSecrets({ server, keys }: EscapeHarness): void {
  for (const secret of [keys.secretAccessKey, keys.sessionToken, 'Signature=']) {
    expect(server.logText()).not.toContain(secret);
  }
}

/** One harness for each artifact store; another Millrace serves as the external one. */
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
  '%s, everything outside a job’s grant is AccessDenied, logged and unchanged (behaviour A.5)',
  async (_, open) => {
    const harness = await open();
    const before = await harness.inventory();
    const attempts = { ...plainAttempts(harness), ...copyAttempts(harness), ...keyTricks(harness) };
    expect(await outcomesOf(harness, attempts)).toEqual(all(attempts, 'AccessDenied'));
    expect(await harness.inventory()).toEqual(before);
    // Each was rejected for its target, not for an invalid signature.
    const refused = harness.server.calls().filter(({ outcome }) => outcome === 'AccessDenied');
    expect(refused).toHaveLength(Object.keys(attempts).length);
    for (const line of refused) {
      expect(line.denied).toEqual({ action: expect.stringMatching(/^s3:/), resource: expect.any(String), count: 1 });
    }
    expectNoSecrets(harness);
  },
);

test('bucket settings cannot be read or changed, and unsupported ones are NotImplemented', async () => {
  const harness = await openEscapeHarness();
  const codes = new Set<string>();
  for (const method of ['GET', 'PUT', 'DELETE']) {
    for (const code of Object.values(await outcomesOf(harness, bucketSettings(method)))) codes.add(code);
  }
  expect([...codes].sort()).toEqual(['AccessDenied', 'NotImplemented']);
});

test.each(Object.entries(places))(
  '%s, DeleteObjects returns 200 and denies each key, which the log shows',
  async (_, open) => {
    const harness = await open();
    const before = await harness.inventory();
    const keys = [harness.input, harness.output, harness.neighbour.input].map((path) =>
      path.split('/').slice(2).join('/'),
    );
    const answer = await harness.send({
      method: 'POST',
      path: '/my-artifacts',
      query: 'delete=',
      body: `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`,
    });
    expect(answer.status).toBe(200);
    expect(answer.body.match(/<Code>AccessDenied<\/Code>/g)).toHaveLength(3);
    expect(answer.body).not.toContain('<Deleted>');
    const resource = `arn:aws:s3:::my-artifacts/${keys[0]}`;
    expect((await harness.logLineOf(answer)).denied).toEqual({ action: 's3:DeleteObject', resource, count: 3 });
    expect(await harness.inventory()).toEqual(before);
  },
);

test.each(Object.entries(places))(
  '%s, an output that is not written yet is missing, not forbidden, since clients check it around an upload',
  async (_, open) => {
    const harness = await open();
    const { output, neighbour } = harness;
    const attempts: Attempts = {
      'read its own output': { path: output },
      'HEAD its own output': { method: 'HEAD', path: output },
      'copy its own output onto itself': { ...copy(output), path: output },
    };
    expect(await outcomesOf(harness, attempts)).toEqual(all(attempts, 'NoSuchKey'));
    expect(await harness.outcomeOf({ path: output, query: 'versionId=null' })).toMatch(/^NoSuch(Key|Version)$/);
    expect((await harness.send({ method: 'HEAD', path: output })).status).toBe(404);
    expect((await harness.send({ method: 'HEAD', path: neighbour.output })).status).toBe(403);
  },
);

test('the job’s own objects are accessible in any spelling and with all operations that read or write them', async () => {
  const harness = await openEscapeHarness();
  const { input, output, server } = harness;
  const [, , ...key] = input.split('/');
  const host = `my-artifacts.${new URL(server.url).host}`;
  const attempts: Attempts = {
    'the input': { path: input },
    'its beginning': { path: input, headers: { range: 'bytes=0-2' } },
    'HEAD of it': { method: 'HEAD', path: input },
    'a version of it': { path: input, query: 'versionId=null' },
    'letters encoded': { path: input.replace('MyApp', '%4DyApp') },
    'slashes encoded': { path: `/my-artifacts/${key.join('%2F')}` },
    'the bucket before the host': { host, path: `/${key.join('/')}` },
    'a whole URL as the target': { path: `${server.url}${input}` },
    'the output': { method: 'PUT', path: output, body: 'report' },
    'the output read back': { path: output },
    'the end of the output': { path: output, headers: { range: 'bytes=-2' } },
    'HEAD of the output': { method: 'HEAD', path: output },
    'the output onto itself': {
      method: 'PUT',
      path: output,
      headers: { 'x-amz-copy-source': output, 'x-amz-metadata-directive': 'REPLACE' },
    },
    'the input copied to the output': { ...copy(input), path: output },
    'a version of the input copied': { ...copy(`${input}?versionId=null`), path: output },
  };
  expect(await outcomesOf(harness, attempts)).toEqual(all(attempts, 'ok'));
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
  expect(Object.values(await outcomesOf(harness, odd))).toEqual(['InvalidURI', 'NoSuchVersion', 'PreconditionFailed']);
});

test.each(Object.entries(places))(
  '%s, multipart uploads are allowed only for the job’s own output',
  async (_, open) => {
    const harness = await open();
    const { output, input, neighbour } = harness;
    const begin = async (attempt: Attempt) => {
      const { body } = await harness.send({ ...attempt, method: 'POST', query: 'uploads=' });
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
    expect(await outcomesOf(harness, foreign)).toEqual(all(foreign, 'NoSuchUpload'));
    const part = await harness.send({ ...of(own, 'partNumber=1&'), method: 'PUT', body: 'report' });
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
    expect(await outcomesOf(harness, allowed)).toEqual(all(allowed, 'ok'));
    expect(await harness.outcomeOf({ ...of(theirs), path: neighbour.output, keys: neighbour.keys })).toBe('ok');
  },
);
