import type { ArtifactContents } from '../api/dependencies.ts';
import { StoreCredentialsError } from '../artifacts/gateway/store-refusal.ts';
import type { ObjectStore } from '../artifacts/object-endpoint.ts';
import { ServiceError } from '../contract/errors.ts';

/**
 * Reads what a store has at an artifact's location. What the store rejects, such as an invalid bucket name, exists for
 * no consumer either. If the store can't be reached or rejects this server's credentials, the call fails: a success
 * without a record would give consumers whatever is stored there later.
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
