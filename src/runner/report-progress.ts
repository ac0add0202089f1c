import type { BuildRequest } from '../builds/build-request.ts';
import type { EndedPhase } from '../builds/build-result.ts';
import type { ReportedPhase } from '../contract/generated.ts';
import { shortened } from './shortened.ts';

/** Returns a phase as the server takes it. */
export function toReportedPhase({ phase, status, failure, startedAt, endedAt }: EndedPhase): ReportedPhase {
  const reason = failure && { failure: { ...failure, message: shortened(failure.message) } };
  return { type: phase, status, startedAt, endedAt, ...reason };
}

/**
 * Returns a function that tells the server of phases, one call at a time and always of the newest state. What can't be sent
 * is left out: the end of the build says it all.
 */
export function createProgressReporter(
  put: (phases: ReportedPhase[]) => Promise<void>,
): NonNullable<BuildRequest['onPhase']> {
  let waiting: ReportedPhase[] | undefined;
  let isSending = false;
  const send = async (): Promise<void> => {
    isSending = true;
    for (let phases = waiting; phases; phases = waiting) {
      waiting = undefined;
      await put(phases).catch(() => undefined);
    }
    isSending = false;
  };
  return (ended, current) => {
    const going = current ? [{ type: current.phase, startedAt: current.startedAt }] : [];
    waiting = [...ended.map(toReportedPhase), ...going];
    if (!isSending) void send();
  };
}
