import { DeliveryFailure } from '../destination.ts';
import { awsMembers, callAws, regionOfArn, textOf, unconfirmed } from './aws-call.ts';
import type { Sender } from './sender.ts';

/** Puts events on a bus of Amazon EventBridge, in its JSON protocol. */
export const eventBridgeSender: Sender = {
  type: 'event-bridge',
  members: {
    ...awsMembers,
    eventBus: {
      type: 'text',
      documentation: 'The name or ARN of the event bus; default: `default`.',
      mistakeIn: (text) => (/^[\w./:-]{1,256}$/.test(text) ? undefined : 'expected the name or ARN of an event bus'),
    },
    eventSource: {
      type: 'text',
      documentation:
        'The `source` that events of `aws.` sources get on that bus, since AWS takes none of those from customers; default: `millrace`.',
      mistakeIn: (text) => (/^[\w./-]{1,256}$/.test(text) ? undefined : 'expected letters, digits and ./_-'),
    },
  },
  async send(target, event, context, signal) {
    const eventBus = textOf(target.document.eventBus);
    const entry = {
      Time: Date.parse(event.time) / 1000,
      Source: event.source.startsWith('aws.') ? (textOf(target.document.eventSource) ?? 'millrace') : event.source,
      Resources: event.resources,
      DetailType: event['detail-type'],
      Detail: JSON.stringify(event.detail),
      ...(eventBus !== undefined && { EventBusName: eventBus }),
    };
    const response = await callAws(
      target,
      {
        service: 'events',
        region: (eventBus?.startsWith('arn:') && regionOfArn(eventBus)) || event.region,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
        body: JSON.stringify({ Entries: [entry] }),
      },
      context,
      signal,
    );
    requireEntry(response);
  },
};

/** A call of which the only entry failed has the status 200, too. */
function requireEntry(response: string): void {
  let answer: { FailedEntryCount?: unknown; Entries?: { ErrorCode?: unknown; ErrorMessage?: unknown }[] } | null;
  try {
    answer = JSON.parse(response) as typeof answer;
  } catch {
    throw unconfirmed(response);
  }
  if (answer?.FailedEntryCount === 0) return;
  if (typeof answer?.FailedEntryCount !== 'number') throw unconfirmed(response);
  const { ErrorCode, ErrorMessage } = (Array.isArray(answer.Entries) ? answer.Entries[0] : undefined) ?? {};
  throw new DeliveryFailure(
    `The event bus refused the event: ${String(ErrorCode)}: ${String(ErrorMessage)}`.slice(0, 300),
  );
}
