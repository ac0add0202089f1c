import type { RenewBuildOutput } from '../contract/generated.ts';
import { aborted, sleep } from '../worker/loop/sleep.ts';
import { ApiRefusal, type RunnerApi } from './runner-api.ts';

/** Why a build ends before its commands do. */
type LeaseEnd = 'stopped' | 'lost';

/** A runner's hold of a build. */
export interface BuildLease {
  /** Aborts when the build is to stop, or belongs to this runner no more. */
  signal: AbortSignal;
  /** Undefined while the build goes on. */
  endedBy(): LeaseEnd | undefined;
  /** Asks for new credentials. */
  renewCredentials(): Promise<RenewBuildOutput>;
  /** Stops renewing. */
  close(): Promise<void>;
}

const retryMs = 500;

/**
 * Renews a lease until it is closed. While the server doesn't answer, the build goes on as long as no other runner can have
 * it. `elapsed` is a clock that is never set, in ms.
 */
export function keepLease(
  { buildArn, fence, leaseSeconds }: { buildArn: string; fence: number; leaseSeconds: number },
  { api, elapsed = () => performance.now() }: { api: RunnerApi; elapsed?: () => number },
): BuildLease {
  const end = new AbortController();
  const closing = new AbortController();
  const claim = { buildArn, fence };
  const leaseMs = leaseSeconds * 1000;
  // The server holds the call to say at once when the build is to stop, and renews the lease meanwhile.
  const waitSeconds = Math.min(20, Math.floor(leaseSeconds / 3));
  let heldUntil = elapsed() + leaseMs;
  let endedBy: LeaseEnd | undefined;
  const endBy = (reason: LeaseEnd) => {
    // A stopped build may still be lost, and then its end must not be reported.
    if (endedBy !== 'lost') endedBy = reason;
    end.abort();
  };
  const renew = async (withCredentials: boolean): Promise<RenewBuildOutput> => {
    const sentAt = elapsed();
    const input = { ...claim, ...(withCredentials ? { withCredentials } : { waitSeconds: endedBy ? 0 : waitSeconds }) };
    const late = AbortSignal.timeout(Math.max(1, Math.ceil(heldUntil - sentAt)));
    try {
      const answer = await api.renew(input, AbortSignal.any([closing.signal, late]));
      heldUntil = Math.max(heldUntil, sentAt + leaseMs);
      if (answer.stopRequested) endBy('stopped');
      return answer;
    } catch (error) {
      if (error instanceof ApiRefusal || elapsed() >= heldUntil) if (!closing.signal.aborted) endBy('lost');
      throw error;
    }
  };
  const keep = async (): Promise<void> => {
    while (!closing.signal.aborted && endedBy !== 'lost') {
      const sentAt = elapsed();
      const isAnswered = await renew(false).then(
        () => true,
        () => false,
      );
      // A stopped build takes a while to end, and its lease must last as long.
      const pauseMs = endedBy === 'stopped' ? leaseMs / 3 : isAnswered && elapsed() - sentAt > retryMs ? 0 : retryMs;
      if (pauseMs > 0) await sleep(pauseMs, closing.signal);
    }
  };
  const keeping = keep();
  return {
    signal: end.signal,
    endedBy: () => endedBy,
    renewCredentials: () => renew(true),
    async close() {
      closing.abort();
      await Promise.race([keeping, aborted(AbortSignal.timeout(1000))]);
    },
  };
}
