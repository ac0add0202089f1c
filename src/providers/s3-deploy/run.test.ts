import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { type HostileEntry, hostileZip } from '../../../test/support/workers/hostile-zip.ts';
import { MemoryObjects, storeRefusal, toolsWith } from '../../../test/support/workers/memory-objects.ts';
import type { Job } from '../../contract/generated.ts';
import { contentTypeOf } from './content-type.ts';
import { runS3Deploy } from './run.ts';

let objects: MemoryObjects;

beforeEach(() => {
  objects = new MemoryObjects({ store: {}, site: {} });
});

function jobOf(configuration: Record<string, string>, id = 'job-1'): Job {
  const s3Location = { bucketName: 'store', objectKey: 'pipe/App/abc' };
  return {
    id,
    data: {
      actionConfiguration: { configuration: { BucketName: 'site', ...configuration } },
      inputArtifacts: [{ name: 'App', location: { type: 'S3', s3Location } }],
    },
  };
}

async function putArtifact(content: Buffer): Promise<void> {
  await objects.putObject({ bucket: 'store', key: 'pipe/App/abc', body: Readable.from([content]) });
  objects.written.length = 0;
}

/** Makes a zip with arbitrary names: each overwrites a harmless one of the same length. */
async function zipOf(members: { name: string; content?: string; mode?: number }[]): Promise<Buffer> {
  const zip = new ZipFile();
  const placeholders = members.map(({ name }, index) => String(index).padStart(name.length, '_'));
  for (const [index, { content = 'x', mode = 0o100644 }] of members.entries()) {
    zip.addBuffer(Buffer.from(content), placeholders[index] ?? '', { mode, compress: false });
  }
  zip.end();
  const bytes = await buffer(zip.outputStream as Readable);
  for (const [index, { name }] of members.entries()) {
    const placeholder = placeholders[index] ?? '';
    for (let at = bytes.indexOf(placeholder); at !== -1; at = bytes.indexOf(placeholder, at + 1)) bytes.write(name, at);
  }
  return bytes;
}

describe('with Extract true', () => {
  it('writes each file under the object key with its content type, those of the same key in order', async () => {
    await putArtifact(
      await zipOf([
        { name: 'css/', content: '' },
        { name: 'css/a.css', content: 'body {}' },
        { name: '/abs.html' },
        { name: 'win\\dir.js' },
        { name: 'ln', content: 'css/a.css', mode: 0o120777 },
        { name: 'css/a.css', content: 'again' },
      ]),
    );
    const outcome = await runS3Deploy(jobOf({ Extract: 'true', ObjectKey: 'pre' }), toolsWith(objects));
    expect(outcome).toEqual({
      status: 'Succeeded',
      executionDetails: { summary: 'Deployment Succeeded', externalExecutionId: 'site/pre', percentComplete: 100 },
    });
    const keys = ['pre/css/a.css', 'pre//abs.html', 'pre/win/dir.js', 'pre/ln', 'pre/css/a.css'];
    expect([...objects.written].sort()).toEqual(keys.map((key) => `site/${key}`).sort());
    expect(objects.at('site/pre/css/a.css')).toMatchObject({ content: Buffer.from('again'), contentType: 'text/css' });
    expect(objects.at('site/pre/ln')).toMatchObject({
      content: Buffer.from('css/a.css'),
      contentType: 'application/octet-stream',
    });
  });

  it('writes to the top of the bucket without an object key', async () => {
    await putArtifact(await zipOf([{ name: 'index.html' }]));
    const outcome = await runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
    expect(outcome).toMatchObject({ executionDetails: { externalExecutionId: 'site' } });
    expect(objects.written).toEqual(['site/index.html']);
  });

  it('stops at an entry that leads out, after the entries before it', async () => {
    await putArtifact(await zipOf([{ name: 'good' }, { name: '../bad' }, { name: 'never' }]));
    const failing = runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /\.\.\/bad/ });
    expect(objects.written).toEqual(['site/good']);
  });

  it.each<[string, HostileEntry[], RegExp]>([
    ['encrypted', [{ name: 'a' }, { name: 'b', isEncrypted: true }], /entry "b" is encrypted/],
    ['too large', [{ name: 'a' }, { name: 'b', method: 8, zip64Bytes: 1n << 50n }], /grows to more than/],
    ['overlapping', [{ name: 'a' }, { name: 'b', sharesBytesOf: 0 }], /overlap/],
  ])('deploys nothing of an archive that is %s', async (_what, entries, message) => {
    await putArtifact(hostileZip(entries));
    const failing = runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
    await expect(failing).rejects.toMatchObject({ type: 'JobFailed', message });
    expect(objects.written).toEqual([]);
  });

  it.each(['n'.repeat(1025), 'a\0b'])('fails at a name that is not a valid object key', async (name) => {
    await putArtifact(hostileZip([{ name }]));
    const failing = runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /no object key/ });
  });

  it('deploys no more entries than the configured limit', async () => {
    await putArtifact(hostileZip([{ name: 'a' }, { name: 'b' }]));
    const tools = toolsWith(objects);
    const strict = { ...tools, archiveLimits: { ...tools.archiveLimits, maxEntries: 1 } };
    await expect(runS3Deploy(jobOf({ Extract: 'true' }), strict)).rejects.toMatchObject({ message: /more than 1 ent/ });
  });

  it.each([
    ['no archive at all', async () => Buffer.from('just text')],
    ['an archive that is cut off', async () => (await zipOf([{ name: 'a' }])).subarray(0, 30)],
    [
      'damaged content',
      async () => {
        const bytes = await zipOf([{ name: 'a', content: 'precious' }]);
        bytes.write('P', bytes.indexOf('precious'));
        return bytes;
      },
    ],
  ])('calls %s malformed', async (_what, makeBytes) => {
    await putArtifact(await makeBytes());
    const failing = runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
    await expect(failing).rejects.toMatchObject({ type: 'JobFailed', message: 'The archive is malformed.' });
    expect(objects.written).toEqual([]);
  });
});

describe('with Extract false', () => {
  it('writes the artifact unchanged, with all headers', async () => {
    await putArtifact(Buffer.from('any bytes'));
    const configuration = {
      Extract: 'false',
      ObjectKey: 'app-{datetime}.json',
      CacheControl: 'max-age=60',
      CannedACL: 'public-read',
      KMSEncryptionKeyARN: 'arn:aws:kms:eu-central-1:123456789012:key/k1',
    };
    await runS3Deploy(jobOf(configuration), toolsWith(objects));
    expect(objects.at('site/app-2026-02-03_04-05-06.json')).toMatchObject({
      content: Buffer.from('any bytes'),
      write: {
        contentType: 'application/json',
        cacheControl: 'max-age=60',
        cannedAcl: 'public-read',
        serverSideEncryption: 'aws:kms',
        kmsKeyId: 'arn:aws:kms:eu-central-1:123456789012:key/k1',
      },
    });
  });

  it('writes the same key if the same job is performed again, and another for another job', async () => {
    await putArtifact(Buffer.from('any bytes'));
    for (const id of ['job-1', 'job-1', 'job-2']) {
      await runS3Deploy(jobOf({ Extract: 'false', ObjectKey: 'app-{uuid}.zip' }, id), toolsWith(objects));
    }
    const [first, again, other] = objects.written;
    expect(first).toMatch(/^site\/app-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\.zip$/);
    expect([again === first, other === first]).toEqual([true, false]);
  });
});

describe('fails with ConfigurationError', () => {
  it.each([
    ['Extract neither true nor false', { Extract: 'True' }, /Extract/],
    ['no Extract', {}, /Extract/],
    ['no key for the whole artifact', { Extract: 'false' }, /ObjectKey/],
    [
      'an unknown ACL',
      { Extract: 'true', CannedACL: 'PublicRead' },
      /^Invalid canned ACL: PublicRead\. For a list of valid options, see https:/,
    ],
    ['a missing bucket', { Extract: 'true', BucketName: 'nowhere' }, /nowhere/],
    ['a missing artifact', { Extract: 'true' }, /input artifact .* does not exist/],
  ])('for %s', async (_what, configuration, message) => {
    const failing = runS3Deploy(jobOf(configuration as Record<string, string>), toolsWith(objects));
    await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message });
  });
});

it('names the artifact bucket if it is missing', async () => {
  await putArtifact(await zipOf([{ name: 'a' }]));
  objects.versions.clear();
  delete objects.buckets.store;
  const failing = runS3Deploy(jobOf({ Extract: 'true' }), toolsWith(objects));
  await expect(failing).rejects.toMatchObject({
    type: 'ConfigurationError',
    message: /^The artifact bucket store does not exist/,
  });
});

it.each([
  ['AccessDenied', 403, 'PermissionError', /No permission to write s3:\/\/site\/a/],
  ['AccessControlListNotSupported', 400, 'ConfigurationError', /refuses the CannedACL public-read/],
  ['NoSuchBucket', 404, 'ConfigurationError', /NoSuchBucket/],
  ['KMS.NotFoundException', 400, 'ConfigurationError', /KMS/],
  ['EntityTooLarge', 400, 'ConfigurationError', /EntityTooLarge/],
  ['RequestTimeout', 400, 'SystemUnavailable', /RequestTimeout/],
  ['ServiceUnavailable', 503, 'SystemUnavailable', /ServiceUnavailable/],
])('reports %s of the store as what it is', async (name, httpStatus, type, message) => {
  await putArtifact(await zipOf([{ name: 'a' }]));
  objects.putObject = async () => {
    throw storeRefusal(name, httpStatus);
  };
  const failing = runS3Deploy(jobOf({ Extract: 'true', CannedACL: 'public-read' }), toolsWith(objects));
  await expect(failing).rejects.toMatchObject({ type, message });
});

it.each([
  ['a/b.HTML', 'text/html'],
  ['a.b/c', 'application/octet-stream'],
  ['.gitignore', 'application/octet-stream'],
  ['x.constructor', 'application/octet-stream'],
])('takes the content type of %s from its extension', (key, type) => {
  expect(contentTypeOf(key)).toBe(type);
});
