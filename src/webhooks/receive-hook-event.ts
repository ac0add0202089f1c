import type { IncomingHttpHeaders } from 'node:http';
import type { Dependencies } from '../api/dependencies.ts';
import type { RepositoryEvent } from '../model/sources/repository-event.ts';
import type { HookEvent, HookOutcome, RepositoryHook } from '../model/sources/repository-hook.ts';
import { openDocument } from '../resources/seal-document.ts';
import { connectionTest } from './forges/bitbucket-data-center.ts';
import type { Forge } from './forges/forge.ts';
import { forgeOf } from './forges/forge-of.ts';
import { cleanText } from './forges/read-members.ts';
import { type BodyProof, checkProof } from './hook-proof.ts';
import { isSameRepository } from './is-same-repository.ts';
import { usePayload } from './payload.ts';
import { WebhookRefusal } from './refusal.ts';

/** The hook of a URL, and its repository. */
export interface FoundHook {
  hook: RepositoryHook;
  url: string;
  fullRepositoryId?: string;
  connectionArn?: string;
  secret?: string;
}

/** A sender whose headers were checked. */
export interface HookSender {
  forge: Forge;
  event: string;
  /** Absent for a test that is never signed. */
  proof?: BodyProof;
}

/** What became of an event, for its sender. */
export interface HookAnswer {
  event: 'accepted' | 'repeated' | 'ping' | 'ignored' | 'refused';
  message: string;
}

type Parts = Pick<Dependencies, 'store' | 'sealer' | 'now'>;

/** Returns the hook whose URL ends in `id`. Rejects with `WebhookRefusal`. */
export async function findHookOfUrl(id: string, { store, sealer }: Parts): Promise<FoundHook> {
  const hook = await store.repositoryHooks.findById(id);
  const resource = hook && (await store.resources.find(hook, 'Repository', hook.repository));
  if (!resource) throw new WebhookRefusal('NotFound');
  const document = openDocument(sealer, hook, resource);
  const text = (member: string) => {
    const value = document[member];
    return typeof value === 'string' ? value : undefined;
  };
  const [fullRepositoryId, connectionArn, secret] = ['fullRepositoryId', 'connectionArn', 'hookSecret'].map(text);
  return { hook, url: text('url') ?? '', fullRepositoryId, connectionArn, secret };
}

/** Rejects senders that no body could authenticate, and counts them. Rejects with `WebhookRefusal`. */
export function admitHookSender(found: FoundHook, headers: IncomingHttpHeaders, parts: Parts): Promise<HookSender> {
  return noteRefusals(found, parts, () => {
    const { hook, secret } = found;
    if (secret === undefined) throw new WebhookRefusal('HookSecretMissing');
    const forge = forgeOf(headers);
    const proof = forge?.proofOf(headers);
    const event = forge?.eventOf(headers) ?? '';
    if (forge && !proof && event === connectionTest) return { forge, event };
    if (!forge || !proof) throw new WebhookRefusal('ProofMissing');
    return { forge, event: cleanText(event), proof: checkProof(proof, { secret, hookId: hook.id }, parts.now()) };
  });
}

/**
 * Verifies the body of an event, stores it, and asks for the checks of its repository. What was refused is counted and
 * shown with the hook. Rejects with `WebhookRefusal`.
 */
export async function receiveHookEvent(
  found: FoundHook,
  { forge, event, proof }: HookSender,
  { headers, body }: { headers: IncomingHttpHeaders; body: Buffer },
  parts: Parts,
): Promise<HookAnswer> {
  // It needs no secret, so it is not stored.
  if (!proof)
    return { event: 'ping', message: 'The hook is there. This test is not signed, so it proves nothing more.' };
  return noteRefusals(found, parts, async () => {
    proof.check();
    const read = async (payload: unknown) => {
      const received = forge.read(event, payload);
      const deliveryId = forge.deliveryIdOf(headers);
      return record(found, received, parts, {
        forge: forge.name,
        event,
        deliveryId: deliveryId === undefined ? undefined : cleanText(deliveryId),
        bodyHash: proof.bodyHash(),
      });
    };
    return forge.hasLines ? read(body) : usePayload(body, headers['content-type'], read);
  });
}

async function record(
  found: FoundHook,
  received: RepositoryEvent,
  { store, now }: Parts,
  delivery: Pick<HookEvent, 'forge' | 'event' | 'deliveryId' | 'bodyHash'>,
): Promise<HookAnswer> {
  const { hook, fullRepositoryId, connectionArn } = found;
  const { content, actor } = received;
  const recorded = await store.repositoryHooks.record(hook.id, {
    event: {
      ...delivery,
      actor,
      changes: content.kind === 'push' ? content.changes : [],
      changeCount: content.kind === 'push' ? content.count : 0,
      pullRequest: content.kind === 'pull request' ? content.pullRequest : undefined,
      ...judge(found, received),
    },
    repository: { name: hook.repository, fullRepositoryId, connectionArn },
    isMoveUnknown: content.kind === 'pull request' && content.isMoveUnknown,
    // The same push after a reset has the same lines.
    isBodyUnique: delivery.forge !== 'post-receive',
    at: now(),
  });
  if (!recorded) throw new WebhookRefusal('NotFound');
  const { outcome, message, isRepeated } = recorded;
  return { event: isRepeated ? 'repeated' : answers[outcome], message };
}

const answers = {
  Accepted: 'accepted',
  Ping: 'ping',
  Ignored: 'ignored',
  Refused: 'refused',
} as const satisfies Record<HookOutcome, HookAnswer['event']>;

function judge(
  { url, fullRepositoryId, hook }: FoundHook,
  { repository, content }: RepositoryEvent,
): { outcome: HookOutcome; message: string } {
  if (repository && !isSameRepository({ url, fullRepositoryId }, repository)) {
    const named = repository.names[0] ?? repository.urls[0];
    if (named === undefined && content.kind !== 'push')
      return { outcome: 'Ignored', message: 'The event names no repository.' };
    const subject = named === undefined ? 'no repository' : `the repository '${named}'`;
    const own =
      fullRepositoryId === undefined ? `'${hook.repository}'` : `'${hook.repository}', that is '${fullRepositoryId}'`;
    return {
      outcome: 'Refused',
      message: `The event is about ${subject}, but this is the hook of ${own}. Use the hook of that repository, or correct the url and fullRepositoryId of '${hook.repository}'.`,
    };
  }
  if (content.kind === 'ping') return { outcome: 'Ping', message: 'A test: the hook works.' };
  if (content.kind === 'other') return { outcome: 'Ignored', message: content.reason };
  return { outcome: 'Accepted', message: 'The sources of this repository are checked now.' };
}

/** Counts an event whose body was not read because of its size. */
export function noteTooLarge({ hook }: FoundHook, { store, now }: Parts): Promise<void> {
  const message = 'An event of more than 25 MiB was refused. The branches are polled as ever.';
  return store.repositoryHooks.noteTrouble(hook.id, { message, at: now() });
}

/** Counts what `work` refuses at the hook, with the reason. */
async function noteRefusals<Result>(
  { hook }: FoundHook,
  { store, now }: Parts,
  work: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WebhookRefusal) {
      await store.repositoryHooks.noteTrouble(hook.id, { message: error.message, at: now() });
    }
    throw error;
  }
}
