import type { GetLogOutput } from '../../contract/generated.ts';
import type { RunProgress } from '../../local-runs/execution-progress.ts';
import { OwnApiError } from '../own-api.ts';
import type { ThrowAwayServer } from './throw-away-server.ts';

/** How often the logs of running builds are read. */
const intervalMs = 500;

/** Returns a function that adds the last lines of their logs to running actions. */
export function createLogTails({ callOwn }: Pick<ThrowAwayServer, 'callOwn'>) {
  let tails = new Map<string, string>();
  let readAt = 0;
  const readTail = async (logId: string): Promise<string> => {
    try {
      const { text } = await callOwn<GetLogOutput>('GetLog', { logId, lastLines: 1 });
      return text.trimEnd();
    } catch (error) {
      // It has no log, or none yet.
      if (error instanceof OwnApiError) return '';
      throw error;
    }
  };
  return async (progress: RunProgress, now: number): Promise<RunProgress> => {
    const running = progress.actions.flatMap(({ externalExecutionId: id, status }) =>
      id === undefined || status !== 'InProgress' ? [] : [id],
    );
    if (now - readAt >= intervalMs) {
      readAt = now;
      const read = await Promise.all(running.map(async (id) => [id, await readTail(id)] as const));
      tails = new Map(read);
    }
    const actions = progress.actions.map((action) => {
      const lastLine = action.status === 'InProgress' && tails.get(action.externalExecutionId ?? '');
      return lastLine ? { ...action, lastLine } : action;
    });
    return { ...progress, actions };
  };
}
