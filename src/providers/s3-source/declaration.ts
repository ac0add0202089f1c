import type { ActionType } from '../../contract/generated.ts';
import { property } from '../configuration-property.ts';

/** Everything without a limit of its own: 1 h (behaviour A.8). */
export const timeoutMs = 60 * 60 * 1000;

/** Action type Source/AWS/S3/1 (behaviour D.1). */
export const declaration: ActionType = {
  id: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
  actionConfigurationProperties: [
    property('S3Bucket', 'The versioned bucket that holds the source object.', { isRequired: true, isKey: true }),
    property('S3ObjectKey', 'The key of the source object.', { isRequired: true, isKey: true }),
    property('PollForSourceChanges', 'Whether the object is polled for changes.'),
    property('AllowOverrideForS3ObjectKey', 'Whether a start may name another object key.'),
  ],
  inputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
  outputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
};
