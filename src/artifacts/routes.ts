import { bucketSettingRoutes, controlRoutes } from './bucket-setting-routes.ts';
import {
  forwardAttributes,
  forwardBare,
  forwardDocument,
  forwardHead,
  forwardObject,
  forwardRead,
} from './gateway/forward.ts';
import { forwardAcl, forwardCreateBucket, forwardListBuckets, forwardPutAcl } from './gateway/forward-buckets.ts';
import { forwardCopyObject, forwardUploadPartCopy } from './gateway/forward-copy.ts';
import { forwardDeletion, forwardDeletions } from './gateway/forward-deletions.ts';
import {
  forwardCompleteUpload,
  forwardCreateUpload,
  forwardPutObject,
  forwardUploadPart,
} from './gateway/forward-write.ts';
import type { Route } from './operation.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket } from './operations/bucket.ts';
import { getAcl } from './operations/bucket-settings.ts';
import { getBucketVersioning, putBucketVersioning } from './operations/bucket-versioning.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject } from './operations/delete-object.ts';
import { deleteObjects } from './operations/delete-objects.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { listBuckets } from './operations/list-buckets.ts';
import { listMultipartUploads } from './operations/list-multipart-uploads.ts';
import { listObjectVersions } from './operations/list-object-versions.ts';
import { listObjectsV1, listObjectsV2 } from './operations/list-objects.ts';
import { listParts } from './operations/list-parts.ts';
import { abortMultipartUpload, createMultipartUpload } from './operations/multipart-upload.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.ts';
import { putAcl } from './operations/put-acl.ts';
import { putObject } from './operations/put-object.ts';
import { uploadPart, uploadPartCopy } from './operations/upload-part.ts';
import type { RequestedCall } from './protocol/call.ts';
import { S3Error } from './protocol/s3-error.ts';

/** Method, level and sub-resource → operation. ` copy` marks a request with `x-amz-copy-source`. */
const routes: Record<string, Route> = {
  'GET account': { action: 's3:ListAllMyBuckets', run: listBuckets, forward: forwardListBuckets },

  'PUT bucket': { action: 's3:CreateBucket', run: createBucket, forward: forwardCreateBucket },
  'HEAD bucket': { action: 's3:ListBucket', run: headBucket, forward: forwardHead },
  'DELETE bucket': { action: 's3:DeleteBucket', run: deleteBucket, forward: forwardBare },
  'GET bucket': { action: 's3:ListBucket', run: listObjectsV1, forward: forwardRead('ListBucketResult') },
  'GET bucket?list-type': { action: 's3:ListBucket', run: listObjectsV2, forward: forwardRead('ListBucketResult') },
  'GET bucket?versions': {
    action: 's3:ListBucketVersions',
    run: listObjectVersions,
    forward: forwardRead('ListVersionsResult'),
  },
  'GET bucket?uploads': {
    action: 's3:ListBucketMultipartUploads',
    run: listMultipartUploads,
    forward: forwardRead('ListMultipartUploadsResult'),
  },
  'GET bucket?location': {
    action: 's3:GetBucketLocation',
    run: getBucketLocation,
    forward: forwardRead('LocationConstraint'),
  },
  'GET bucket?versioning': {
    action: 's3:GetBucketVersioning',
    run: getBucketVersioning,
    forward: forwardRead('VersioningConfiguration'),
  },
  'PUT bucket?versioning': { action: 's3:PutBucketVersioning', run: putBucketVersioning, forward: forwardDocument },
  'POST bucket?delete': { run: deleteObjects, forward: forwardDeletions },

  'GET object': {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    isTransfer: true,
    run: getObject,
    forward: forwardObject,
  },
  'HEAD object': {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    run: headObject,
    forward: forwardHead,
  },
  'PUT object': {
    action: 's3:PutObject',
    isTransfer: true,
    stores: 'PutObject',
    run: putObject,
    forward: forwardPutObject,
  },
  'PUT object copy': {
    action: 's3:PutObject',
    isTransfer: true,
    stores: 'CopyObject',
    run: copyObject,
    forward: forwardCopyObject,
  },
  'DELETE object': {
    action: 's3:DeleteObject',
    versionAction: 's3:DeleteObjectVersion',
    run: deleteObject,
    forward: forwardDeletion,
  },
  'POST object?uploads': { action: 's3:PutObject', run: createMultipartUpload, forward: forwardCreateUpload },
  'PUT object?uploadId': { action: 's3:PutObject', isTransfer: true, run: uploadPart, forward: forwardUploadPart },
  'PUT object?uploadId copy': {
    action: 's3:PutObject',
    isTransfer: true,
    run: uploadPartCopy,
    forward: forwardUploadPartCopy,
  },
  'POST object?uploadId': {
    action: 's3:PutObject',
    isTransfer: true,
    stores: 'CompleteMultipartUpload',
    run: completeMultipartUpload,
    forward: forwardCompleteUpload,
  },
  'DELETE object?uploadId': { action: 's3:AbortMultipartUpload', run: abortMultipartUpload, forward: forwardBare },
  'GET object?uploadId': {
    action: 's3:ListMultipartUploadParts',
    run: listParts,
    forward: forwardRead('ListPartsResult'),
  },
  'GET object?tagging': {
    action: 's3:GetObjectTagging',
    versionAction: 's3:GetObjectVersionTagging',
    run: getObjectTagging,
    forward: forwardRead('Tagging'),
  },
  'PUT object?tagging': {
    action: 's3:PutObjectTagging',
    versionAction: 's3:PutObjectVersionTagging',
    run: putObjectTagging,
    forward: forwardDocument,
  },
  'DELETE object?tagging': {
    action: 's3:DeleteObjectTagging',
    versionAction: 's3:DeleteObjectVersionTagging',
    run: deleteObjectTagging,
    forward: forwardBare,
  },
  'GET object?attributes': {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    run: getObjectAttributes,
    forward: forwardAttributes,
  },
  'GET object?acl': {
    action: 's3:GetObjectAcl',
    versionAction: 's3:GetObjectVersionAcl',
    run: getAcl,
    forward: forwardAcl,
  },
  'PUT object?acl': {
    action: 's3:PutObjectAcl',
    versionAction: 's3:PutObjectVersionAcl',
    run: putAcl,
    forward: forwardPutAcl,
  },

  ...bucketSettingRoutes,
};

/** The sub-resources of S3. An unknown query parameter without a value also counts as one. */
const subresources = new Set(
  `abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold
  lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable
  metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication
  requestPayment restore retention select session tagging torrent uploadId uploads versioning versions website`.split(
    /\s+/,
  ),
);

/** Parameters that are no sub-resources even without a value. */
const valueParameters =
  /^(?:x-id|x-amz-.*|prefix|delimiter|marker|encoding-type|start-after|.*-marker|continuation-token|versionId|partNumber|max-.*|fetch-owner|response-.*|bucket-region)$/i;

function findControlRoute(method: string): Route {
  const route = controlRoutes[method];
  if (route) return route;
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

/** Returns the route of a call; throws NotImplemented with the name of an unsupported sub-resource. */
export function findRoute(call: RequestedCall): Route {
  const { method } = call.request;
  if (call.isControl) return findControlRoute(method);
  const level = call.bucket === '' ? 'account' : call.key === '' ? 'bucket' : 'object';
  const names = [...call.query].filter(
    ([name, value]) => subresources.has(name) || (value === '' && !valueParameters.test(name)),
  );
  const [first] = names;
  const subresource = first ? `?${first[0]}` : '';
  const copy = method === 'PUT' && call.header('x-amz-copy-source') !== undefined ? ' copy' : '';
  const route = routes[`${method} ${level}${subresource}${copy}`];
  if (route && names.length < 2) return route;
  if (subresource === '' && copy === '') {
    throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
      elements: { Method: method, ResourceType: level.toUpperCase() },
    });
  }
  const wanted = names.map(([name]) => name).join(', ') || 'x-amz-copy-source';
  throw new S3Error('NotImplemented', `${method} of the ${level} sub-resource ${wanted} is not implemented.`);
}
