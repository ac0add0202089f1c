import { ServiceError } from '../../contract/errors.ts';
import type { HookEvent, ShownHook } from '../../contract/generated.ts';
import type { StoredResource } from '../../model/resource.ts';
import type { RepositoryHook, StoredHookEvent } from '../../model/sources/repository-hook.ts';
import { type HookSecret, pushTokenOf } from '../../resources/push-token.ts';
import { openDocument } from '../../resources/seal-document.ts';
import type { Dependencies } from '../dependencies.ts';
import { createPageToken, cutPage, readPageToken } from '../page-token.ts';
import { toSeconds } from '../seconds.ts';
import { type OwnCall, ownOperation } from './operation.ts';
import { everyNamedResource, namedRepository } from './resources.ts';

const defaultPageSize = 100;

/** Lists the hooks of the declared repositories. */
export const listHooks = ownOperation('ListHooks', {
  resource: everyNamedResource,
  async run({ maxResults = defaultPageSize, nextToken: token }, call, dependencies) {
    const { store, sealer } = dependencies;
    const belongsTo = ['ListHooks', call.account, call.region];
    const after = readPageToken<string>(sealer, belongsTo, token, 'ValidationException') ?? '';
    const repositories = (await store.resources.ofKind(call, 'Repository')).filter(({ name }) => name > after);
    const { items, nextToken } = cutPage(repositories.slice(0, maxResults + 1), maxResults, ({ name }) =>
      createPageToken(sealer, belongsTo, name),
    );
    const hooks = await hooksOf(items, call, dependencies);
    return { hooks: hooks.map(({ hook, repository }) => show(hook, repository, dependencies)), nextToken };
  },
});

/** Returns the hook of a repository, with what a script needs to post to it. */
export const getHook = ownOperation('GetHook', {
  resource: namedRepository,
  async run({ repository: name }, call, dependencies) {
    const { store, sealer } = dependencies;
    const repository = await store.resources.find(call, 'Repository', name);
    const [found] = repository ? await hooksOf([repository], call, dependencies) : [];
    if (!repository || !found) {
      throw new ServiceError('ResourceNotFoundException', `There is no Repository with the name '${name}'.`);
    }
    const { hookSecret: secret } = openDocument(sealer, call, repository);
    const hook = show(found.hook, repository, dependencies);
    if (typeof secret !== 'string') return { hook };
    return { hook, postReceive: postReceiveCommand(hook.url, { secret, hookId: found.hook.id }) };
  },
});

/** Lists what hooks have received. */
export const listHookEvents = ownOperation('ListHookEvents', {
  resource: everyNamedResource,
  async run({ repository, maxResults = defaultPageSize, nextToken: token }, call, { store, sealer }) {
    const belongsTo = ['ListHookEvents', call.account, call.region, repository ?? ''];
    const before = readPageToken<number>(sealer, belongsTo, token, 'ValidationException');
    const rows = await store.repositoryHooks.events(call, { repository, before, limit: maxResults + 1 });
    const { items, nextToken } = cutPage(rows, maxResults, ({ sequence }) =>
      createPageToken(sealer, belongsTo, sequence),
    );
    return { events: items.map(showEvent), nextToken };
  },
});

/** Returns repositories with their hooks; a hook is made when it is first looked at. */
async function hooksOf(
  repositories: StoredResource[],
  { account, region }: OwnCall,
  { store, now, newId }: Dependencies,
): Promise<{ repository: StoredResource; hook: RepositoryHook }[]> {
  const scope = { account, region };
  const known = new Set((await store.repositoryHooks.list(scope)).map(({ repository }) => repository));
  const missing = repositories
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => ({ repository: name, id: newId() }));
  if (missing.length > 0) await store.repositoryHooks.ensure(scope, missing, now());
  const hooks = new Map((await store.repositoryHooks.list(scope)).map((hook) => [hook.repository, hook]));
  return repositories.flatMap((repository) => {
    const hook = hooks.get(repository.name);
    return hook ? { repository, hook } : [];
  });
}

function show(
  { id, repository, verifiedAt, refusedEvents, trouble }: RepositoryHook,
  { document }: StoredResource,
  { publicUrl }: Pick<Dependencies, 'publicUrl'>,
): ShownHook {
  return {
    repository,
    url: `${publicUrl()}/-/hooks/git/${id}`,
    hasSecret: document.hookSecret !== undefined,
    verifiedAt: toSeconds(verifiedAt),
    refusedEvents,
    trouble: trouble?.message,
    troubleAt: toSeconds(trouble?.at),
  };
}

/** Git gives the lines of a push to the script, which passes them on; a server that is away does not hinder the push. */
function postReceiveCommand(url: string, secret: HookSecret): string {
  const token = pushTokenOf(secret);
  return `curl -sS -m 10 -H 'Content-Type: text/plain' -H 'Authorization: Bearer ${token}' --data-binary @- '${url}'`;
}

function showEvent(event: StoredHookEvent): HookEvent {
  const { receivedAt, repeatedAt, changes, changeCount, results, sequence: _, bodyHash: __, ...shown } = event;
  return {
    ...shown,
    receivedAt: toSeconds(receivedAt),
    repeatedAt: toSeconds(repeatedAt),
    refs: changes,
    refCount: changeCount,
    results: results.map(({ pipeline, action, executionId, message }) => ({
      pipelineName: pipeline,
      actionName: action,
      pipelineExecutionId: executionId,
      message,
    })),
  };
}
