import type { ArtifactContents } from '../api/dependencies.ts';
import { StoreCredentialsError } from '../artifacts/gateway/store-refusal.ts';
import type { ObjectStore } from '../artifacts/object-endpoint.ts';
import { ServiceError } from '../contract/errors.ts';

/**
 * Reads what a store has at an artifact's place. What it refuses for good, such as a name that no bucket can have, is
 * not there for any consumer either. A store that does not answer, or not to this server, fails the call that asks: a
 * success without its record would give consumers whatever lies there later.
 */
export function artifactContents(store: string, { headObject }: Pick<ObjectStore, 'headObject'>): ArtifactContents {
  return {
    store,
    async at(account, { bucketName: bucket, objectKey: key }) {
      try {
        const found = await headObject({ account, bucket, key });
        return { store, object: found && { etag: found.etag, versionId: found.versionId } };
      } catch (error) {
        if (error instanceof ServiceError) throw error;
        if (isRefusal(error)) return { store };
        const reason = error instanceof Error ? error.message : String(error);
        throw new ServiceError('ServiceUnavailable', `The output artifacts cannot be looked up at present: ${reason}`);
      }
    },
  };
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof StoreCredentialsError) return false;
  return 'httpStatus' in error && Number(error.httpStatus) < 500;
}
