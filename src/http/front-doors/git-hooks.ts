import {
  admitHookSender,
  findHookOfUrl,
  type HookAnswer,
  noteTooLarge,
  receiveHookEvent,
} from '../../webhooks/receive-hook-event.ts';
import { WebhookRefusal } from '../../webhooks/refusal.ts';
import { BodyError, readBody } from '../body.ts';
import type { FrontDoor } from './front-door.ts';
import { answerOf, maxEventBytes, refuseEvent, type WebhookDoorParts } from './webhooks.ts';

/** The start of the URL of each hook; the rest cannot be guessed. */
const prefix = '/-/hooks/git/';

/**
 * Receives the events that forges and Git servers post to the hooks of repositories. Everything that is authentic gets 202,
 * because GitLab turns off a hook that answers errors (decision 20).
 */
export function createGitHookDoor({
  parts,
  bodyTimeoutMs,
  budget,
  log,
}: WebhookDoorParts): FrontDoor<() => Promise<HookAnswer>> {
  return {
    name: 'own',
    matches: ({ path }) => path.startsWith(prefix),
    async authenticate(exchange) {
      const { request, path, record } = exchange;
      record.operation = 'git hook';
      if (request.method !== 'POST') throw new WebhookRefusal('MethodNotAllowed');
      const found = await findHookOfUrl(path.slice(prefix.length), parts);
      const { headers } = request;
      record.webhook = found.hook.repository;
      record.account = found.hook.account;
      record.region = found.hook.region;
      const sender = await admitHookSender(found, headers, parts);
      const body = await readBody(exchange, {
        budget,
        timeoutMs: bodyTimeoutMs,
        maxBytes: maxEventBytes,
        isVerified: false,
        isHeld: true,
        onChunk: (chunk) => sender.proof?.update(chunk),
      }).catch(async (error: unknown) => {
        if (error instanceof BodyError && error.reason === 'too large') await noteTooLarge(found, parts);
        throw error;
      });
      return () => receiveHookEvent(found, sender, { headers, body }, parts);
    },
    async perform(receive, exchange) {
      const { event, message } = await receive();
      exchange.record.event = event;
      return answerOf(exchange, 202, { message });
    },
    refuse: (error, exchange) => refuseEvent(error, exchange, log),
  };
}
