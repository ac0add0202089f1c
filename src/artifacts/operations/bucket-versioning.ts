import { refusalError, requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import { buildXml, childText, parseXml } from '../protocol/xml.ts';

/** GetBucketVersioning: returns no status until one was set. */
export const getBucketVersioning: ObjectOperation = async (call, backing) => {
  const { versioning } = await requireBucket(backing, bucketOf(call));
  return { status: 200, xml: buildXml('VersioningConfiguration', { Status: versioning }) };
};

/** PutBucketVersioning: sets Enabled or Suspended; MFA delete is not supported. */
export const putBucketVersioning: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const configuration = parseXml(await readSmallPayload(call, 'of the body'), 'VersioningConfiguration');
  const status = childText(configuration, 'Status');
  if (status === undefined) {
    throw new S3Error('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  }
  if (status !== 'Enabled' && status !== 'Suspended') throw refusals.malformedXml('Status is Enabled or Suspended');
  if (childText(configuration, 'MfaDelete') === 'Enabled') {
    throw new S3Error('NotImplemented', 'MFA delete is not implemented.');
  }
  const outcome = await backing.index.setVersioning(bucketOf(call), status);
  if (outcome.refused) throw refusalError(outcome.refused, call);
  return { status: 200, headers: { 'Content-Length': '0' } };
};
