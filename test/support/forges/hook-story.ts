import type { HookEvent, ShownHook } from '../../../src/contract/generated.ts';
import { callOwn } from '../requests/own-api.ts';
import { sendRaw } from '../requests/signed-request.ts';
import type { TestServer } from '../servers/server.ts';
import { type ForgeFile, type ForgePayload, payloadOf } from './payloads.ts';
import { hookSecret, signEvent } from './sign-event.ts';

/** A repository with a hook. */
export interface HookStory {
  /** The end of the URL, as a path. */
  path: string;
  /** Posts a body to the hook. */
  post(body: string | Buffer, headers: Record<string, string>): Promise<{ status: number; message: string }>;
  /** Posts an event as its forge does. */
  send(forge: ForgeFile, event: ForgePayload | string, secret?: string): Promise<{ status: number; message: string }>;
  hook(): Promise<ShownHook>;
  events(): Promise<HookEvent[]>;
}

/** Declares a repository; `members` change its document. */
export async function hookStory(
  { url }: Pick<TestServer, 'url'>,
  members: Record<string, string | undefined> = {},
): Promise<HookStory> {
  const document = {
    url: 'https://git.example.com/team/shop.git',
    fullRepositoryId: 'team/shop',
    hookSecret,
    ...members,
  };
  const resources = [{ kind: 'Repository', name: 'shop', document: JSON.stringify(document) }];
  const { status } = await callOwn(url, 'ApplyResources', { resources });
  if (status !== 200) throw new Error('the repository was not stored');
  const hook = async () => {
    const { answer } = await callOwn<{ hook: ShownHook }>(url, 'GetHook', { repository: 'shop' });
    return answer.hook;
  };
  const { pathname: path } = new URL((await hook()).url);
  const post: HookStory['post'] = async (body, headers) => {
    const { status: code, body: text } = await sendRaw(url, { path, headers, body });
    return { status: code, ...(JSON.parse(text) as { message: string }) };
  };
  return {
    path,
    post,
    send(forge, event, secret) {
      const { headers, body } = typeof event === 'string' ? payloadOf(forge, event) : event;
      const text = JSON.stringify(body);
      return post(text, { ...headers, ...signEvent(forge, text, secret) });
    },
    hook,
    async events() {
      return (await callOwn<{ events: HookEvent[] }>(url, 'ListHookEvents', {})).answer.events;
    },
  };
}
