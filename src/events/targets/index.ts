import { eventBridgeSender } from './event-bridge.ts';
import { httpSender } from './http.ts';
import { mailSender } from './mail.ts';
import type { Sender } from './sender.ts';
import { slackSender } from './slack.ts';
import { snsSender } from './sns.ts';
import { sqsSender } from './sqs.ts';

/** Every type of event targets. */
export const senders: readonly Sender[] = [
  httpSender,
  snsSender,
  sqsSender,
  eventBridgeSender,
  slackSender,
  mailSender,
];
