import type { Logger } from 'pino';
import type { Dependencies } from '../../api/dependencies.ts';
import { findWebhookOfUrl, receiveEvent, type WebhookOutcome } from '../../webhooks/receive-event.ts';
import { WebhookRefusal } from '../../webhooks/refusal.ts';
import { admitSender, createEventDigest } from '../../webhooks/sender.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import { peerAddress } from '../client-address.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';
import type { FrontDoor } from './front-door.ts';
import type { Refusal } from './json-answer.ts';

/** The start of every webhook's URL; the rest cannot be guessed. */
const prefix = '/-/webhooks/';

/** The size of GitHub's largest event; no other forge has larger ones. */
export const maxEventBytes = 25 * 1024 * 1024;

/** What the front door of webhooks needs. */
export interface WebhookDoorParts {
  parts: Dependencies;
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

/** What is left to do of an event that was read. */
type Receive = () => Promise<WebhookOutcome>;

/** Receives events that are posted to the URLs of webhooks. They have no AWS signature. */
export function createWebhookDoor({ parts, bodyTimeoutMs, budget, log }: WebhookDoorParts): FrontDoor<Receive> {
  return {
    name: 'own',
    matches: ({ path }) => path.startsWith(prefix),
    async authenticate(exchange) {
      const { request, path, record } = exchange;
      record.operation = 'webhook';
      if (request.method !== 'POST') throw new WebhookRefusal('MethodNotAllowed');
      const webhook = await findWebhookOfUrl(path.slice(prefix.length), parts);
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
      return () => receiveEvent(webhook, request, { body, digest }, parts);
    },
    async perform(receive, exchange) {
      const { event, ...document } = await receive();
      exchange.record.event = event;
      return answerOf(exchange, 200, document);
    },
    refuse: (error, exchange) => refuseEvent(error, exchange, log),
  };
}

/** Returns the answer to an event that failed. */
export function refuseEvent(error: unknown, exchange: Exchange, log: Logger): Answer {
  const { code, httpStatus, message } = toRefusal(error, exchange, log);
  exchange.record.outcome = code;
  return answerOf(exchange, httpStatus, { message });
}

const bodyRefusals = {
  'too large': { code: 'PayloadTooLarge', httpStatus: 413 },
  'too slow': { code: 'RequestTimeout', httpStatus: 408 },
  'too many': { code: 'ServiceUnavailable', httpStatus: 503 },
};

function toRefusal(error: unknown, exchange: Exchange, log: Logger): Refusal {
  if (error instanceof WebhookRefusal) return error;
  if (error instanceof BodyError) return { ...bodyRefusals[error.reason], message: error.message };
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return unavailable;
  log.error({ requestId: exchange.requestId, err: error }, 'an event could not be received');
  return { code: 'InternalFailure', httpStatus: 500, message: 'The event could not be received.' };
}

/** Returns an answer to the sender of an event. */
export function answerOf({ requestId }: Exchange, status: number, document: object): Answer {
  const headers = {
    'Content-Type': 'application/json',
    'x-amzn-RequestId': requestId,
    ...(status === 405 ? { Allow: 'POST' } : {}),
  };
  return { status, headers, body: JSON.stringify(document) };
}
