import type { DescribeLogOutput, GetLogOutput } from '../../contract/generated.ts';
import { printable } from '../../local-runs/describe-run.ts';
import type { ActionProgress, RunProgress } from '../../local-runs/execution-progress.ts';
import { OwnApiError } from '../own-api.ts';
import type { ThrowAwayServer } from './throw-away-server.ts';

/** The part of a log that shows why an action failed. */
export interface FailingLog {
  stage: string;
  action: string;
  /** Absent if no command failed. */
  command?: string;
  exitStatus?: number;
  lines: string[];
  /** How many lines from the failing command on come before. */
  omittedLines: number;
}

/** Most lines of one action. */
const mostLines = 40;
const fewestLines = 12;

/** Reads the logs of the actions that failed, from the failing command on; actions without a log are left out. */
export async function readFailingLogs(
  server: Pick<ThrowAwayServer, 'callOwn'>,
  { actions }: RunProgress,
): Promise<FailingLog[]> {
  const found: FailingLog[] = [];
  for (const action of actions) {
    if (action.status !== 'Failed' || action.externalExecutionId === undefined) continue;
    const log = await readLog(server, action, action.externalExecutionId).catch((error: unknown) => {
      // Ids of other actions are no ids of logs.
      if (!(error instanceof OwnApiError)) throw error;
    });
    if (log) found.push(log);
  }
  return found;
}

async function readLog(
  { callOwn }: Pick<ThrowAwayServer, 'callOwn'>,
  { name, stage }: ActionProgress,
  logId: string,
): Promise<FailingLog> {
  const { failure, lines: count } = await callOwn<DescribeLogOutput>('DescribeLog', { logId });
  const end = failure ? failure.failureLine + 1 : count;
  // What the commands before a short one printed often says why.
  const begin = Math.min(failure?.line ?? 0, Math.max(0, end - fewestLines));
  const from = Math.max(begin, end - mostLines);
  const { text } = await callOwn<GetLogOutput>('GetLog', { logId, line: from });
  const lines = text.split('\n').slice(0, end - from);
  return {
    stage,
    action: name,
    ...(failure?.command !== undefined && { command: failure.command }),
    ...(failure?.exitStatus !== undefined && { exitStatus: failure.exitStatus }),
    lines: lines.map(printable),
    omittedLines: from - begin,
  };
}

/** Formats a log below the line that names its action. */
export function formatFailingLog({ action, lines, omittedLines, stage }: FailingLog): string[] {
  const omitted = omittedLines === 0 ? [] : [`  │ … ${omittedLines} lines before; --keep keeps the whole log`];
  return [`Log of ${stage}/${action}:`, ...omitted, ...lines.map((line) => `  │ ${line}`.trimEnd())];
}
