import type { Logger } from 'pino';
import type { Dependencies } from '../../api/dependencies.ts';
import { findWebhookOfUrl, receiveEvent, type WebhookOutcome } from '../../webhooks/receive-webhook.ts';
import { WebhookRefusal } from '../../webhooks/webhook-refusal.ts';
import { admitSender, createEventDigest } from '../../webhooks/webhook-sender.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { peerAddress } from '../client-address.ts';
import { type Exchange, send } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';

/** What the URLs of webhooks begin with; their last part is unguessable. */
export const webhookPrefix = '/-/webhooks/';

/** GitHub sends no larger event. */
const maxEventBytes = 25 * 1024 * 1024;

/** What the front door of webhooks needs. */
export interface WebhookFrontDoor {
  parts: Dependencies;
  /** A body that takes longer is given up. */
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

interface Refusal {
  code: string;
  httpStatus: number;
  message: string;
}

/** Answers an event that somebody posts to the URL of a webhook; every failure becomes an answer. */
export async function answerWebhook(exchange: Exchange, frontDoor: WebhookFrontDoor): Promise<void> {
  exchange.record.operation = 'webhook';
  if (exchange.request.method !== 'POST') {
    return refuse(exchange, { code: 'MethodNotAllowed', httpStatus: 405, message: 'Events are sent with POST.' });
  }
  try {
    const { event, ...answer } = await receive(exchange, frontDoor);
    exchange.record.event = event;
    sendJson(exchange, 200, answer);
  } catch (error) {
    // Nobody is left to answer, or a broken body has been answered; that it broke off is no failure of ours.
    if (exchange.isOver() || exchange.response.headersSent) return;
    refuse(exchange, toRefusal(error, exchange, frontDoor.log));
  }
}

/** The body is read only when nothing else speaks against the event. */
async function receive(
  exchange: Exchange,
  { parts, bodyTimeoutMs, budget }: WebhookFrontDoor,
): Promise<WebhookOutcome> {
  const { request, path, record } = exchange;
  const webhook = await findWebhookOfUrl(path.slice(webhookPrefix.length), parts);
  record.webhook = webhook.definition.name;
  record.account = webhook.account;
  record.region = webhook.region;
  admitSender(webhook, { headers: request.headers, peerAddress: peerAddress(request) });
  const digest = createEventDigest(webhook, request, parts.sealer);
  const body = await readBody(exchange, {
    budget,
    timeoutMs: bodyTimeoutMs,
    maxBytes: maxEventBytes,
    isVerified: false,
    isHeld: true,
    onChunk: (chunk) => digest.update(chunk),
  });
  return receiveEvent(webhook, request, { body, digest }, parts);
}

const bodyRefusals = {
  'too large': { code: 'PayloadTooLarge', httpStatus: 413 },
  'too slow': { code: 'RequestTimeout', httpStatus: 408 },
  'too many': { code: 'ServiceUnavailable', httpStatus: 503 },
};

function toRefusal(error: unknown, exchange: Exchange, log: Logger): Refusal {
  if (error instanceof WebhookRefusal) return error;
  if (error instanceof BodyError) {
    return { ...bodyRefusals[error.reason], message: error.message };
  }
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return unavailable;
  log.error({ requestId: exchange.requestId, err: error }, 'an event could not be received');
  return { code: 'InternalFailure', httpStatus: 500, message: 'The event could not be received.' };
}

function refuse(exchange: Exchange, { code, httpStatus, message }: Refusal): void {
  exchange.record.outcome = code;
  sendJson(exchange, httpStatus, { message });
}

function sendJson(exchange: Exchange, status: number, document: object): void {
  const headers = {
    'Content-Type': 'application/json',
    'x-amzn-RequestId': exchange.requestId,
    ...(status === 405 ? { Allow: 'POST' } : {}),
  };
  send(exchange, status, headers, JSON.stringify(document));
}
