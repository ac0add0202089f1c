import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { refusals } from '../protocol/s3-error.ts';
import { asList, buildXml, isElement, parseXml, withoutBlanks, type XmlNode } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** The kinds of destinations and the element with their ARN; EventBridge has none. */
const destinations: Record<string, string | undefined> = {
  TopicConfiguration: 'Topic',
  QueueConfiguration: 'Queue',
  CloudFunctionConfiguration: 'CloudFunction',
  EventBridgeConfiguration: undefined,
};

/** GetBucketNotificationConfiguration: returns the stored document, by default an empty one. */
export const getBucketNotification: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  return {
    status: 200,
    xml: buildXml('NotificationConfiguration', (settings.notification ?? {}) as Record<string, XmlNode>),
  };
};

/** PutBucketNotificationConfiguration: only stores the document. Rules get their events of S3 without it. */
export const putBucketNotification: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const text = await readSmallPayload(call, 'of the body');
  const notification = withoutBlanks(parseXml(text, 'NotificationConfiguration'));
  for (const [kind, nodes] of Object.entries(notification)) {
    if (!Object.hasOwn(destinations, kind)) throw refusals.malformedXml(`<${kind}> is not known`);
    for (const node of asList(nodes)) checkDestination(kind, node);
  }
  await changeSettings(call, backing, { notification });
  return { status: 200, headers: { 'Content-Length': '0' } };
};

function checkDestination(kind: string, node: unknown): void {
  const destination = destinations[kind];
  if (destination === undefined) return;
  if (!isElement(node)) throw refusals.malformedXml(`<${kind}> is not complete`);
  const arn = node[destination];
  if (typeof arn !== 'string' || !arn.trim().startsWith('arn:')) {
    throw refusals.invalidArgument(destination, String(arn ?? ''), 'The ARN is not well formed');
  }
  const events = asList(node.Event);
  if (events.length === 0 || !events.every((event) => typeof event === 'string' && event.startsWith('s3:'))) {
    throw refusals.invalidArgument('Event', String(events[0] ?? ''), 'The event is not supported for notifications');
  }
}
