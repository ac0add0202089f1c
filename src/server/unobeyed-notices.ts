import type { Logger } from 'pino';
import type { Scope, StoredDeclaration } from '../model/pipeline.ts';
import { unobeyedMembers } from '../model/unobeyed-members.ts';
import type { Store } from '../store/store.ts';

/** Declarations read at a time: each may be large, and requests have to get in between. */
const pageSize = 10;

/** Logs each member of a declaration that is stored but not obeyed. */
export function logUnobeyedMembers(
  { name, account, region }: Scope & { name: string },
  declaration: StoredDeclaration,
  log: Logger,
): void {
  for (const { stageName: stage, name: action, notice } of unobeyedMembers(declaration, region)) {
    log.warn({ pipeline: name, account, region, stage, action }, `${notice} See docs/compatibility.md.`);
  }
}

/** Starts to log the same of every pipeline that is stored; answers what ends it. */
export function startUnobeyedNotices(store: Store, log: Logger): () => Promise<void> {
  const ending = new AbortController();
  const ended = logStored(store, log, ending.signal).catch((error: unknown) => {
    log.warn({ err: error }, 'pipelines could not be read to find what of them is not obeyed');
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
