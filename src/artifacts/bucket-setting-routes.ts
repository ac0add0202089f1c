import type { Route } from './operation.ts';
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketOwnershipControls,
  getPublicAccessBlock,
  putBucketOwnershipControls,
  putPublicAccessBlock,
} from './operations/bucket-access.ts';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './operations/bucket-encryption.ts';
import { absentSetting, defaultSetting, deleteAbsentSetting, getAcl } from './operations/bucket-settings.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './operations/bucket-tagging.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/control-tags.ts';

/** Settings of a bucket that somebody can change. */
const changeable: Record<string, Route> = {
  'GET bucket?tagging': { action: 's3:GetBucketTagging', run: getBucketTagging },
  'PUT bucket?tagging': { action: 's3:PutBucketTagging', run: putBucketTagging },
  'DELETE bucket?tagging': { action: 's3:PutBucketTagging', run: deleteBucketTagging },
  'GET bucket?encryption': { action: 's3:GetEncryptionConfiguration', run: getBucketEncryption },
  'PUT bucket?encryption': { action: 's3:PutEncryptionConfiguration', run: putBucketEncryption },
  'DELETE bucket?encryption': { action: 's3:PutEncryptionConfiguration', run: deleteBucketEncryption },
  'GET bucket?publicAccessBlock': { action: 's3:GetBucketPublicAccessBlock', run: getPublicAccessBlock },
  'PUT bucket?publicAccessBlock': { action: 's3:PutBucketPublicAccessBlock', run: putPublicAccessBlock },
  'DELETE bucket?publicAccessBlock': { action: 's3:PutBucketPublicAccessBlock', run: deletePublicAccessBlock },
  'GET bucket?ownershipControls': { action: 's3:GetBucketOwnershipControls', run: getBucketOwnershipControls },
  'PUT bucket?ownershipControls': { action: 's3:PutBucketOwnershipControls', run: putBucketOwnershipControls },
  'DELETE bucket?ownershipControls': { action: 's3:PutBucketOwnershipControls', run: deleteBucketOwnershipControls },
};

/** Settings that clients read of every bucket (Terraform, the AWS CLI) and that are always at their default here. */
const fixed: Record<string, Route> = {
  'GET bucket?acl': { action: 's3:GetBucketAcl', run: getAcl },
  'GET bucket?accelerate': { action: 's3:GetAccelerateConfiguration', run: defaultSetting('AccelerateConfiguration') },
  'GET bucket?logging': { action: 's3:GetBucketLogging', run: defaultSetting('BucketLoggingStatus') },
  'GET bucket?notification': {
    action: 's3:GetBucketNotification',
    run: defaultSetting('NotificationConfiguration'),
  },
  'GET bucket?requestPayment': {
    action: 's3:GetBucketRequestPayment',
    run: defaultSetting('RequestPaymentConfiguration', { Payer: 'BucketOwner' }),
  },
  'GET bucket?policy': {
    action: 's3:GetBucketPolicy',
    run: absentSetting('NoSuchBucketPolicy', 'The bucket policy does not exist'),
  },
  'GET bucket?policyStatus': {
    action: 's3:GetBucketPolicyStatus',
    run: absentSetting('NoSuchBucketPolicy', 'The bucket policy does not exist'),
  },
  'GET bucket?cors': {
    action: 's3:GetBucketCORS',
    run: absentSetting('NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  },
  'GET bucket?lifecycle': {
    action: 's3:GetLifecycleConfiguration',
    run: absentSetting('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
  },
  'GET bucket?website': {
    action: 's3:GetBucketWebsite',
    run: absentSetting('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  },
  'GET bucket?replication': {
    action: 's3:GetReplicationConfiguration',
    run: absentSetting('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  },
  'GET bucket?object-lock': {
    action: 's3:GetBucketObjectLockConfiguration',
    run: absentSetting(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),
  },
};

/** Clients that tidy up delete what they never set. */
const deletable: Record<string, Route> = {
  'DELETE bucket?policy': { action: 's3:DeleteBucketPolicy', run: deleteAbsentSetting },
  'DELETE bucket?cors': { action: 's3:PutBucketCORS', run: deleteAbsentSetting },
  'DELETE bucket?lifecycle': { action: 's3:PutLifecycleConfiguration', run: deleteAbsentSetting },
  'DELETE bucket?website': { action: 's3:DeleteBucketWebsite', run: deleteAbsentSetting },
  'DELETE bucket?replication': { action: 's3:PutReplicationConfiguration', run: deleteAbsentSetting },
};

/** S3 Control's way to the tags of a bucket, which Terraform takes since version 6.23 of its provider. */
export const controlRoutes: Record<string, Route> = {
  GET: { action: 's3:ListTagsForResource', run: listTagsForResource },
  POST: { action: 's3:TagResource', run: tagResource },
  DELETE: { action: 's3:UntagResource', run: untagResource },
};

/** The routes of a bucket's settings, as `routes.ts` names them. */
export const bucketSettingRoutes: Record<string, Route> = { ...changeable, ...fixed, ...deletable };
