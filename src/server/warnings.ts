import type { Logger } from 'pino';
import type { Scope, StoredDeclaration } from '../model/pipeline.ts';
import { unobeyedMembers } from '../model/pipeline.ts';
import type { Store } from '../store/store.ts';

/** Declarations read at a time: each may be large, and requests must get their turn. */
const pageSize = 10;

/** Topics that were logged; after so many the first ones may be logged again. */
const maxLoggedTopics = 1000;

/** Logs, once for each topic, that an approval is waiting whose `NotificationArn` no event target stands for. */
export function logUnsentNotifications({ resources, onCommitted }: Store, log: Logger): void {
  const logged = new Set<string>();
  onCommitted(({ pipeline, change }) => {
    if (change.kind !== 'actionStarted' || change.action.deadlineAt === undefined) return;
    const { stageName: stage, actionName: action, start } = change.action;
    const { NotificationArn: topic } = start.resolvedConfiguration;
    if (typeof topic !== 'string' || topic === '') return;
    const { account, region, name } = pipeline;
    const key = JSON.stringify([account, region, topic]);
    if (logged.has(key)) return;
    if (logged.size >= maxLoggedTopics) logged.clear();
    logged.add(key);
    const warn = async (): Promise<void> => {
      const targets = await resources.ofKind(pipeline, 'EventTarget');
      if (targets.some(({ document }) => document.topicArn === topic)) {
        logged.delete(key);
        return;
      }
      log.warn(
        { pipeline: name, account, region, stage, action, topic },
        'an approval is waiting, but no event target has its NotificationArn as topicArn: apply one, see docs/approvals.md',
      );
    };
    warn().catch((error: unknown) =>
      log.warn({ err: error, topic }, 'could not look for the event targets of a topic'),
    );
  });
}

/** Logs each member of a declaration that is stored but has no effect. */
export function logUnobeyedMembers(
  { name, account, region }: Scope & { name: string },
  declaration: StoredDeclaration,
  log: Logger,
): void {
  for (const { stageName: stage, name: action, notice } of unobeyedMembers(declaration, region)) {
    log.warn({ pipeline: name, account, region, stage, action }, `${notice} See docs/compatibility.md.`);
  }
}

/** Starts to log the same for every stored pipeline; returns a function that ends it. */
export function startUnobeyedWarnings(store: Store, log: Logger): () => Promise<void> {
  const ending = new AbortController();
  const ended = logStored(store, log, ending.signal).catch((error: unknown) => {
    log.warn({ err: error }, 'could not check the stored pipelines for members without effect');
  });
  return async () => {
    ending.abort();
    await ended;
  };
}

async function logStored({ pipelines }: Store, log: Logger, signal: AbortSignal): Promise<void> {
  for (let afterId = ''; !signal.aborted; ) {
    const page = await pipelines.listAll({ afterId, limit: pageSize });
    for (const { pipeline, declaration } of page) logUnobeyedMembers(pipeline, declaration, log);
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    afterId = last.pipeline.id;
  }
}
