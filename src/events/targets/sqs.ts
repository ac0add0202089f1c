import { awsMembers, callAws, groupOf, textOf, toFifoId, unconfirmed } from './aws-call.ts';
import type { Sender } from './sender.ts';

/** What a message of SQS can't hold although JSON can; JSON writes control characters as escapes itself. */
const notInMessages = /[\u007f-\u009f\ufffe\uffff]/g;

/** Sends events to a queue of Amazon SQS, in its JSON protocol. */
export const sqsSender: Sender = {
  type: 'sqs',
  members: {
    ...awsMembers,
    queueUrl: {
      type: 'text',
      isRequired: true,
      documentation:
        'The URL of the queue. If its name ends in `.fifo`, the messages of a pipeline are a group. Calls go to the same host by default.',
      mistakeIn: (text) =>
        URL.canParse(text) && /^https?:\/\/[^/]+\/.*[^/]$/.test(text)
          ? undefined
          : 'expected the URL of a queue such as https://sqs.us-east-1.amazonaws.com/123456789012/events',
    },
  },
  async send(target, event, context, signal) {
    const queueUrl = String(target.document.queueUrl);
    const { host, origin } = new URL(queueUrl);
    const response = await callAws(
      { ...target, document: { ...target.document, url: textOf(target.document.url) ?? `${origin}/` } },
      {
        service: 'sqs',
        region: /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(host)?.[1] ?? event.region,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
        body: JSON.stringify({
          QueueUrl: queueUrl,
          MessageBody: JSON.stringify(event).replace(notInMessages, escapeCharacter),
          ...(queueUrl.endsWith('.fifo') && {
            MessageGroupId: groupOf(event),
            MessageDeduplicationId: toFifoId(context.deliveryId),
          }),
        }),
      },
      context,
      signal,
    );
    if (!/"MessageId"\s*:\s*"/.test(response)) throw unconfirmed(response);
  },
};

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
