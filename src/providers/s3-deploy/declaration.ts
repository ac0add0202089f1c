import type { ActionType } from '../../contract/generated.ts';
import { property } from '../configuration-property.ts';

/** S3 deploy: 90 min (behaviour A.8). */
export const timeoutMs = 90 * 60 * 1000;

/** Action type Deploy/AWS/S3/1 (behaviour D.4). */
export const declaration: ActionType = {
  id: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
  actionConfigurationProperties: [
    property('BucketName', 'The bucket that is deployed to.', { isRequired: true, isKey: true }),
    property('Extract', '`true` to deploy the files in the archive, `false` to deploy it as it is.', {
      isRequired: true,
      isKey: true,
    }),
    property('ObjectKey', 'Key of the object, or prefix of the extracted files.', { isKey: true }),
    property('KMSEncryptionKeyARN', 'The key that encrypts the deployed objects.'),
    property('CannedACL', 'The canned ACL of the deployed objects.'),
    property('CacheControl', 'The Cache-Control header of the deployed objects.'),
  ],
  inputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
  outputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
};
