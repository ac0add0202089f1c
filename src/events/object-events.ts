import { randomBytes } from 'node:crypto';
import type { Scope } from '../model/pipeline.ts';
import type { Announcement } from '../model/stored-event.ts';

/** An object that was stored, in the account and Region of its bucket. */
export interface StoredObject extends Scope {
  bucket: string;
  key: string;
  sizeBytes: number;
  etag: string;
  versionId?: string;
  /** The S3 operation that stored it. */
  operation: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
  /** Absent if this server stored it itself. */
  requestId?: string;
  at: number;
}

/** Returns what is known of the events of an object before it is looked at. */
export function partOfObjectEvents(bucket: string, key: string): object[] {
  return [
    { ...created, detail: { bucket: { name: bucket }, object: { key } } },
    { ...called, detail: { requestParameters: { bucketName: bucket, key } } },
  ];
}

const created = { source: 'aws.s3', 'detail-type': 'Object Created' };
const called = { source: 'aws.s3', 'detail-type': 'AWS API Call via CloudTrail' };

/** Returns the events of a stored object: the one of S3, and the one of CloudTrail that older rules select. */
export function eventsOfObject(object: StoredObject): Announcement[] {
  const { account, region, bucket, key, at, operation } = object;
  const bucketArn = `arn:aws:s3:::${bucket}`;
  return [
    {
      account,
      region,
      at,
      ...created,
      resources: [bucketArn],
      detail: {
        version: '0',
        bucket: { name: bucket },
        object: {
          key,
          size: object.sizeBytes,
          etag: object.etag,
          ...(object.versionId !== undefined && { 'version-id': object.versionId }),
          sequencer: sequencerOf(at),
        },
        ...(object.requestId !== undefined && { 'request-id': object.requestId }),
        requester: account,
        reason: operation,
      },
    },
    {
      account,
      region,
      at,
      ...called,
      resources: [],
      detail: {
        eventVersion: '1.05',
        eventTime: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
        eventSource: 's3.amazonaws.com',
        eventName: operation,
        awsRegion: region,
        requestParameters: { bucketName: bucket, key },
        ...(object.requestId !== undefined && { requestID: object.requestId }),
        readOnly: false,
        resources: [
          { type: 'AWS::S3::Object', ARN: `${bucketArn}/${key}` },
          { accountId: account, type: 'AWS::S3::Bucket', ARN: bucketArn },
        ],
        eventType: 'AwsApiCall',
        recipientAccountId: account,
      },
    },
  ];
}

/** Later objects of a key have a greater one when compared as texts. */
function sequencerOf(at: number): string {
  return `${at.toString(16).padStart(12, '0').toUpperCase()}${randomBytes(4).toString('hex').toUpperCase()}`;
}
