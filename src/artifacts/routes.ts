import { bucketSettingRoutes, controlRoutes } from './bucket-setting-routes.ts';
import type { Call } from './call.ts';
import type { Route } from './operation.ts';
import { abortMultipartUpload } from './operations/abort-multipart-upload.ts';
import { getAcl } from './operations/bucket-settings.ts';
import { getBucketVersioning, putBucketVersioning } from './operations/bucket-versioning.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { createBucket } from './operations/create-bucket.ts';
import { createMultipartUpload } from './operations/create-multipart-upload.ts';
import { deleteBucket } from './operations/delete-bucket.ts';
import { deleteObject } from './operations/delete-object.ts';
import { deleteObjects } from './operations/delete-objects.ts';
import { getBucketLocation } from './operations/get-bucket-location.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { headBucket } from './operations/head-bucket.ts';
import { listBuckets } from './operations/list-buckets.ts';
import { listMultipartUploads } from './operations/list-multipart-uploads.ts';
import { listObjectVersions } from './operations/list-object-versions.ts';
import { listObjectsV1, listObjectsV2 } from './operations/list-objects.ts';
import { listParts } from './operations/list-parts.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.ts';
import { putObject } from './operations/put-object.ts';
import { uploadPart, uploadPartCopy } from './operations/upload-part.ts';
import { S3Error } from './s3-error.ts';

/** Method, level and sub-resource → operation. ` copy` marks a request with `x-amz-copy-source`. */
const routes: Record<string, Route> = {
  'GET account': { action: 's3:ListAllMyBuckets', run: listBuckets },

  'PUT bucket': { action: 's3:CreateBucket', run: createBucket },
  'HEAD bucket': { action: 's3:ListBucket', run: headBucket },
  'DELETE bucket': { action: 's3:DeleteBucket', run: deleteBucket },
  'GET bucket': { action: 's3:ListBucket', run: listObjectsV1 },
  'GET bucket?list-type': { action: 's3:ListBucket', run: listObjectsV2 },
  'GET bucket?versions': { action: 's3:ListBucketVersions', run: listObjectVersions },
  'GET bucket?uploads': { action: 's3:ListBucketMultipartUploads', run: listMultipartUploads },
  'GET bucket?location': { action: 's3:GetBucketLocation', run: getBucketLocation },
  'GET bucket?versioning': { action: 's3:GetBucketVersioning', run: getBucketVersioning },
  'PUT bucket?versioning': { action: 's3:PutBucketVersioning', run: putBucketVersioning },
  'POST bucket?delete': { run: deleteObjects },

  'GET object': { action: 's3:GetObject', versionAction: 's3:GetObjectVersion', run: getObject },
  'HEAD object': { action: 's3:GetObject', versionAction: 's3:GetObjectVersion', run: headObject },
  'PUT object': { action: 's3:PutObject', run: putObject },
  'PUT object copy': { action: 's3:PutObject', run: copyObject },
  'DELETE object': { action: 's3:DeleteObject', versionAction: 's3:DeleteObjectVersion', run: deleteObject },
  'POST object?uploads': { action: 's3:PutObject', run: createMultipartUpload },
  'PUT object?uploadId': { action: 's3:PutObject', run: uploadPart },
  'PUT object?uploadId copy': { action: 's3:PutObject', run: uploadPartCopy },
  'POST object?uploadId': { action: 's3:PutObject', run: completeMultipartUpload },
  'DELETE object?uploadId': { action: 's3:AbortMultipartUpload', run: abortMultipartUpload },
  'GET object?uploadId': { action: 's3:ListMultipartUploadParts', run: listParts },
  'GET object?tagging': {
    action: 's3:GetObjectTagging',
    versionAction: 's3:GetObjectVersionTagging',
    run: getObjectTagging,
  },
  'PUT object?tagging': {
    action: 's3:PutObjectTagging',
    versionAction: 's3:PutObjectVersionTagging',
    run: putObjectTagging,
  },
  'DELETE object?tagging': {
    action: 's3:DeleteObjectTagging',
    versionAction: 's3:DeleteObjectVersionTagging',
    run: deleteObjectTagging,
  },
  'GET object?attributes': {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    run: getObjectAttributes,
  },
  'GET object?acl': { action: 's3:GetObjectAcl', versionAction: 's3:GetObjectVersionAcl', run: getAcl },

  ...bucketSettingRoutes,
};

/** Sub-resources of S3 that are named in a query. An unknown parameter without a value is taken for one, too. */
const subresources = new Set(
  `abac accelerate acl analytics annotation attributes cors delete encryption intelligent-tiering inventory legal-hold
  lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable
  metrics notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication
  requestPayment restore retention select session tagging torrent uploadId uploads versioning versions website`.split(
    /\s+/,
  ),
);

/** Parameters that may stand without a value and still are none. */
const valueParameters =
  /^(?:x-id|x-amz-.*|prefix|delimiter|marker|encoding-type|start-after|.*-marker|continuation-token|versionId|partNumber|max-.*|fetch-owner|response-.*|bucket-region)$/i;

function findControlRoute(method: string): Route {
  const route = controlRoutes[method];
  if (route) return route;
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
}

/** The route of a call; NotImplemented names what is not offered. */
export function findRoute(call: Call): Route {
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
