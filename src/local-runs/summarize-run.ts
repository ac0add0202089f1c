import type { RunProgress } from './execution-progress.ts';
import type { SourceFolder } from './source-folder.ts';

interface RunEnd {
  tookMs: number;
  sourceFolders: ReadonlyMap<string, SourceFolder>;
  /** The ends of the logs of actions that failed. */
  failingLogs: readonly object[];
}

/** Returns what programs read of a run that has ended. */
export function summarizeRun(
  pipeline: string,
  { status, stages, actions }: RunProgress,
  { tookMs, sourceFolders, failingLogs }: RunEnd,
): object {
  return {
    pipeline,
    status,
    durationMs: tookMs,
    sources: [...sourceFolders].map(([action, { git, path }]) => ({
      action,
      folder: path,
      ...(git && { commit: git.commit.id, branch: git.branch, hasChanges: git.isDirty }),
    })),
    stages: stages.map(({ error, name, status: stageStatus }) => ({
      name,
      status: stageStatus ?? 'NotRun',
      ...(error !== undefined && { error }),
      actions: actions
        .filter(({ stage }) => stage === name)
        .map(({ id: _, approval: __, stage: ___, endedAt, startedAt, ...action }) => ({
          ...action,
          durationMs: (endedAt ?? startedAt) - startedAt,
        })),
    })),
    ...(failingLogs.length > 0 && { failingLogs }),
  };
}
