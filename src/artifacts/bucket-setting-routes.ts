import { forwardBare, forwardDocument, forwardRead } from './gateway/forward.ts';
import { forwardAcl, forwardFixed, forwardPutAcl, refuseControl, refuseSetting } from './gateway/forward-buckets.ts';
import type { BucketOperation, Route } from './operation.ts';
import {
  deleteBucketOwnershipControls,
  deletePublicAccessBlock,
  getBucketOwnershipControls,
  getPublicAccessBlock,
  putBucketOwnershipControls,
  putPublicAccessBlock,
} from './operations/bucket-access.ts';
import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './operations/bucket-encryption.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './operations/bucket-lifecycle.ts';
import { getBucketNotification, putBucketNotification } from './operations/bucket-notification.ts';
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from './operations/bucket-policy.ts';
import { absentSetting, defaultSetting, deleteAbsentSetting, getAcl } from './operations/bucket-settings.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './operations/bucket-tagging.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/control-tags.ts';
import { putAcl } from './operations/put-acl.ts';

/** Settings that can be changed. */
const changeable: Record<string, Route> = {
  'GET bucket?tagging': { action: 's3:GetBucketTagging', run: getBucketTagging, forward: forwardRead('Tagging') },
  'PUT bucket?tagging': { action: 's3:PutBucketTagging', run: putBucketTagging, forward: forwardDocument },
  'DELETE bucket?tagging': { action: 's3:PutBucketTagging', run: deleteBucketTagging, forward: forwardBare },
  'GET bucket?encryption': {
    action: 's3:GetEncryptionConfiguration',
    run: getBucketEncryption,
    forward: forwardRead('ServerSideEncryptionConfiguration'),
  },
  'PUT bucket?encryption': {
    action: 's3:PutEncryptionConfiguration',
    run: putBucketEncryption,
    forward: refuseSetting,
  },
  'DELETE bucket?encryption': {
    action: 's3:PutEncryptionConfiguration',
    run: deleteBucketEncryption,
    forward: refuseSetting,
  },
  'GET bucket?publicAccessBlock': {
    action: 's3:GetBucketPublicAccessBlock',
    run: getPublicAccessBlock,
    forward: forwardFixed(getPublicAccessBlock),
  },
  'PUT bucket?publicAccessBlock': {
    action: 's3:PutBucketPublicAccessBlock',
    run: putPublicAccessBlock,
    forward: refuseSetting,
  },
  'DELETE bucket?publicAccessBlock': {
    action: 's3:PutBucketPublicAccessBlock',
    run: deletePublicAccessBlock,
    forward: refuseSetting,
  },
  'GET bucket?ownershipControls': {
    action: 's3:GetBucketOwnershipControls',
    run: getBucketOwnershipControls,
    forward: forwardFixed(getBucketOwnershipControls),
  },
  'PUT bucket?ownershipControls': {
    action: 's3:PutBucketOwnershipControls',
    run: putBucketOwnershipControls,
    forward: refuseSetting,
  },
  'DELETE bucket?ownershipControls': {
    action: 's3:PutBucketOwnershipControls',
    run: deleteBucketOwnershipControls,
    forward: refuseSetting,
  },
};

const noPolicy = absentSetting('NoSuchBucketPolicy', 'The bucket policy does not exist');
const noLifecycle = absentSetting('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');

/** Settings that an external store keeps itself: through the gateway they read as not set. */
const kept: Record<string, Route> = {
  'GET bucket?policy': { action: 's3:GetBucketPolicy', run: getBucketPolicy, forward: forwardFixed(noPolicy) },
  'GET bucket?policyStatus': {
    action: 's3:GetBucketPolicyStatus',
    run: getBucketPolicyStatus,
    forward: forwardFixed(noPolicy),
  },
  'PUT bucket?policy': { action: 's3:PutBucketPolicy', run: putBucketPolicy, forward: refuseSetting },
  'DELETE bucket?policy': {
    action: 's3:DeleteBucketPolicy',
    run: deleteBucketPolicy,
    forward: forwardFixed(deleteAbsentSetting),
  },
  'GET bucket?lifecycle': {
    action: 's3:GetLifecycleConfiguration',
    run: getBucketLifecycle,
    forward: forwardFixed(noLifecycle),
  },
  'PUT bucket?lifecycle': { action: 's3:PutLifecycleConfiguration', run: putBucketLifecycle, forward: refuseSetting },
  'DELETE bucket?lifecycle': {
    action: 's3:PutLifecycleConfiguration',
    run: deleteBucketLifecycle,
    forward: forwardFixed(deleteAbsentSetting),
  },
  'GET bucket?notification': {
    action: 's3:GetBucketNotification',
    run: getBucketNotification,
    forward: forwardFixed(defaultSetting('NotificationConfiguration')),
  },
  'PUT bucket?notification': {
    action: 's3:PutBucketNotification',
    run: putBucketNotification,
    forward: refuseSetting,
  },
  'PUT bucket?acl': { action: 's3:PutBucketAcl', run: putAcl, forward: forwardPutAcl },
};

function fixedRoute(action: string, run: BucketOperation): Route {
  return { action, run, forward: forwardFixed(run) };
}

/** Settings that Terraform and the AWS CLI read of every bucket; they always have their default. */
const fixed: Record<string, Route> = {
  'GET bucket?acl': { action: 's3:GetBucketAcl', run: getAcl, forward: forwardAcl },
  'GET bucket?accelerate': fixedRoute('s3:GetAccelerateConfiguration', defaultSetting('AccelerateConfiguration')),
  'GET bucket?logging': fixedRoute('s3:GetBucketLogging', defaultSetting('BucketLoggingStatus')),
  'GET bucket?requestPayment': fixedRoute(
    's3:GetBucketRequestPayment',
    defaultSetting('RequestPaymentConfiguration', { Payer: 'BucketOwner' }),
  ),
  'GET bucket?cors': fixedRoute(
    's3:GetBucketCORS',
    absentSetting('NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  ),
  'GET bucket?website': fixedRoute(
    's3:GetBucketWebsite',
    absentSetting('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  ),
  'GET bucket?replication': fixedRoute(
    's3:GetReplicationConfiguration',
    absentSetting('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  ),
  'GET bucket?object-lock': fixedRoute(
    's3:GetBucketObjectLockConfiguration',
    absentSetting('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  ),
};

/** Deletions by clients that clean up settings they never made. */
const deletable: Record<string, Route> = {
  'DELETE bucket?cors': fixedRoute('s3:PutBucketCORS', deleteAbsentSetting),
  'DELETE bucket?website': fixedRoute('s3:DeleteBucketWebsite', deleteAbsentSetting),
  'DELETE bucket?replication': fixedRoute('s3:PutReplicationConfiguration', deleteAbsentSetting),
};

/** Bucket tags through S3 Control, which Terraform uses since version 6.23 of its provider. */
export const controlRoutes: Record<string, Route> = {
  GET: { action: 's3:ListTagsForResource', run: listTagsForResource, forward: refuseControl },
  POST: { action: 's3:TagResource', run: tagResource, forward: refuseControl },
  DELETE: { action: 's3:UntagResource', run: untagResource, forward: refuseControl },
};

/** The routes of bucket settings, by the same names as in `routes.ts`. */
export const bucketSettingRoutes: Record<string, Route> = { ...changeable, ...kept, ...fixed, ...deletable };
