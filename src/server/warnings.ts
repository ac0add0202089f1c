import type { Logger } from 'pino';
import type { Scope, StoredDeclaration } from '../model/pipeline.ts';
import { unobeyedMembers } from '../model/unobeyed-members.ts';
import type { Store } from '../store/store.ts';

/** Declarations read at a time: each may be large, and requests must get their turn. */
const pageSize = 10;

/** Logs each approval whose reviewers should be notified through Amazon SNS, which this server cannot do. */
export function logUnsentNotifications(store: Store, log: Logger): void {
  store.onCommitted(({ pipeline, change }) => {
    if (change.kind !== 'actionStarted' || change.action.deadlineAt === undefined) return;
    const { stageName, actionName, start } = change.action;
    const { NotificationArn: topic } = start.resolvedConfiguration;
    if (typeof topic !== 'string' || topic === '') return;
    log.warn(
      { pipeline: pipeline.name, region: pipeline.region, stage: stageName, action: actionName, topic },
      'an approval is waiting, but no notification was sent: this server cannot publish to Amazon SNS',
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
