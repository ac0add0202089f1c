import type { BuildLog } from './build-log.ts';
import type { BuildRequest } from './build-request.ts';
import { BuildFailure, type BuildPhase, type BuildStatus, type EndedPhase, type PhaseFailure } from './build-result.ts';

export interface PhaseRunnerParts {
  log: BuildLog;
  now(): number;
  /** Aborts when the build is stopped or has no time left. */
  signal: AbortSignal;
  onPhase?: BuildRequest['onPhase'];
}

/** Runs phases one after the other and keeps what became of them. */
export interface PhaseRunner {
  readonly phases: readonly EndedPhase[];
  /** Whether no phase has failed. */
  isSucceeding(): boolean;
  /** Runs a phase, which fails by throwing BuildFailure; true if it succeeded. */
  run(phase: BuildPhase, work: () => Promise<void>): Promise<boolean>;
}

/** The reason of a signal that ends a build because its time is over. */
export const timedOut = 'the build has timed out';

export function createPhaseRunner({ log, now, onPhase, signal }: PhaseRunnerParts): PhaseRunner {
  const phases: EndedPhase[] = [];
  return {
    phases,
    isSucceeding: () => phases.every(({ status }) => status === 'SUCCEEDED'),
    async run(phase, work) {
      if (signal.aborted) return false;
      const startedAt = now();
      onPhase?.(phases, { phase, startedAt });
      if (isOfCommands(phase)) await log.note(`Entering phase ${phase}`);
      const ended = await endOf(work, signal);
      phases.push({ phase, ...ended, startedAt, endedAt: now() });
      onPhase?.(phases);
      const { status, failure } = ended;
      await log.note(`Phase complete: ${phase} State: ${status}`);
      await log.note(`Phase context status code: ${failure?.code ?? ''} Message: ${failure?.message ?? ''}`);
      return status === 'SUCCEEDED';
    },
  };
}

function isOfCommands(phase: BuildPhase): boolean {
  return phase !== 'DOWNLOAD_SOURCE' && phase !== 'UPLOAD_ARTIFACTS' && phase !== 'FINALIZING';
}

async function endOf(
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ status: BuildStatus; failure?: PhaseFailure }> {
  try {
    await work();
    if (!signal.aborted) return { status: 'SUCCEEDED' };
  } catch (error) {
    if (!signal.aborted) {
      if (error instanceof BuildFailure) return { status: 'FAILED', failure: error.failure };
      throw error;
    }
  }
  return { status: signal.reason === timedOut ? 'TIMED_OUT' : 'STOPPED' };
}
