import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import type { BuiltArtifact } from '../builds/build-request.ts';
import { BuildFailure } from '../builds/build-result.ts';
import type { BuildArtifact, BuildOrder, StoredBuildArtifact } from '../model/build.ts';
import { packEntries } from '../worker/archives/pack-folder.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { ArtifactTransfer } from '../worker/transfer/artifact-transfer.ts';

/** Stores an artifact where its order says: as one archive, or as an object for each file. Throws BuildFailure. */
export async function storeArtifact(
  built: BuiltArtifact,
  order: Pick<BuildOrder, 'artifact' | 'secondaryArtifacts'>,
  { transfer, signal }: { transfer: ArtifactTransfer; signal: AbortSignal },
): Promise<StoredBuildArtifact> {
  const { identifier, entries } = built;
  const wanted =
    identifier === undefined ? order.artifact : order.secondaryArtifacts.find((one) => one.identifier === identifier);
  if (!wanted) throw new BuildFailure('INTERNAL_ERROR', `Nothing says where the artifact ${identifier ?? ''} goes.`);
  const { bucket, packaging } = wanted;
  const key = keyOf(wanted, built);
  try {
    const stored = { location: `${bucket}/${key}`, ...(identifier !== undefined && { identifier }) };
    if (packaging === 'ZIP') {
      const sums = hashing(packEntries(entries));
      await transfer.upload({ bucketName: bucket, objectKey: key }, sums.body, signal);
      return { ...stored, ...sums.read() };
    }
    for (const { isFolder, linkTarget, name, path } of entries) {
      if (isFolder) continue;
      const body = linkTarget === undefined ? createReadStream(path) : Readable.from([Buffer.from(linkTarget)]);
      const objectKey = key === '' || key.endsWith('/') ? `${key}${name}` : `${key}/${name}`;
      await transfer.upload({ bucketName: bucket, objectKey }, body, signal, 'application/octet-stream');
    }
    return stored;
  } catch (error) {
    if (error instanceof JobFailure) throw new BuildFailure('CLIENT_ERROR', error.message);
    throw error;
  }
}

/** The name in the buildspec replaces that of the project, if the order says that it may. */
function keyOf({ key, name }: BuildArtifact, built: BuiltArtifact): string {
  if (name === undefined || built.name === undefined || !key.endsWith(name)) return key;
  return key.slice(0, key.length - name.length) + built.name;
}

function hashing(body: Readable): { body: Readable; read(): { sha256: string; md5: string } } {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sha256.update(chunk);
      md5.update(chunk);
      done(null, chunk);
    },
  });
  body.on('error', (error) => counted.destroy(error));
  return { body: body.pipe(counted), read: () => ({ sha256: sha256.digest('hex'), md5: md5.digest('hex') }) };
}
