import type { CallEnd } from '../../model/call-end.ts';
import type { Dependencies } from '../dependencies.ts';

/** Interval at which a held call looks again even without a wake-up, which is only a hint. */
const recheckMs = 5000;

/** What a held call found: its answer, whether that is worth returning now, and else when to look again at the latest. */
interface Found<Answer> {
  answer: Answer;
  isOver: boolean;
  /** In ms since the epoch. */
  nextAt?: number;
}

/**
 * Looks until there is something to return, for at most `waitSeconds` or until the caller has gone, and again at each
 * notification of `wakeName`.
 */
export async function holdCall<Answer>(
  { wakeName, waitSeconds, signal }: { wakeName: string; waitSeconds: number; signal: CallEnd },
  { store, now }: Pick<Dependencies, 'store' | 'now'>,
  look: () => Promise<Found<Answer>>,
): Promise<Answer> {
  const waitUntil = now() + waitSeconds * 1000;
  for (;;) {
    const wait = new AbortController();
    const endWait = () => wait.abort();
    signal.addEventListener('abort', endWait);
    let alarm: NodeJS.Timeout | undefined;
    // Waits before looking, so a change in between is not missed.
    const woken = store.notifications.wait(wakeName, Math.min(recheckMs, Math.max(0, waitUntil - now())), wait.signal);
    try {
      const { answer, isOver, nextAt } = await look();
      if (isOver || signal.aborted || now() >= waitUntil) return answer;
      if (nextAt !== undefined && nextAt > now()) alarm = setTimeout(endWait, nextAt - now());
      await woken;
    } finally {
      clearTimeout(alarm);
      endWait();
      signal.removeEventListener('abort', endWait);
    }
  }
}
