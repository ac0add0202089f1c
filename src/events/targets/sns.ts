import type { Event } from '../../model/event.ts';
import { approvalMessage, approvalSubject, isApprovalNeeded } from '../approval-needed.ts';
import { awsMembers, callAws, groupOf, regionOfArn, toFifoId, unconfirmed } from './aws-call.ts';
import type { Sender } from './sender.ts';

/** Says what is wrong with the ARN of a topic, as the end of a sentence. */
export function topicArnMistake(text: string): string | undefined {
  return /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/.test(text)
    ? undefined
    : 'expected the ARN of a topic such as arn:aws:sns:us-east-1:123456789012:approvals';
}

/** Publishes events to a topic of Amazon SNS, in the query protocol. */
export const snsSender: Sender = {
  type: 'sns',
  members: {
    ...awsMembers,
    // What it may be is checked for every type.
    topicArn: { type: 'text', isRequired: true, documentation: 'The ARN of the topic to publish to.' },
  },
  async send(target, event, context, signal) {
    const topicArn = String(target.document.topicArn);
    const body = new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: topicArn,
      ...messageOf(event),
      ...(topicArn.endsWith('.fifo') && {
        MessageGroupId: groupOf(event),
        MessageDeduplicationId: toFifoId(context.deliveryId),
      }),
    }).toString();
    const response = await callAws(
      target,
      {
        service: 'sns',
        region: regionOfArn(topicArn) ?? event.region,
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body,
      },
      context,
      signal,
    );
    if (!/<MessageId>[^<]+<\/MessageId>/.test(response)) throw unconfirmed(response);
  },
};

/** An approval is published in the form that AWS gives to the subscribers of its topic (behaviour C.14). */
function messageOf(event: Event): Record<string, string> {
  if (!isApprovalNeeded(event)) return { Message: JSON.stringify(event) };
  return { Subject: approvalSubject(event), Message: JSON.stringify(approvalMessage(event)) };
}
