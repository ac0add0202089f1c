import { systemFailureOf } from '../contract/system-failure.ts';

/** How long an answer of the database is told to whoever asks, so that any number of balancers costs one question. */
const freshMs = 1000;

/** What health has to say of the database. */
export type DatabaseHealth = 'ok' | 'no database' | 'database damaged';

/** A database that takes longer is told as gone: calls would wait as long. */
const patienceMs = 2000;

/** What there is to know, and what a test may replace; durations in ms. */
interface Watched {
  /** Rejects when the database does not answer or is damaged. */
  check(): Promise<void>;
  now?: () => number;
  patienceMs?: number;
}

/**
 * Says how the database is. It is asked at most once a second, and not again before it has answered or failed:
 * questions that hang would take the connections that calls need.
 */
export function watchDatabase({
  check,
  now = () => performance.now(),
  patienceMs: limitMs = patienceMs,
}: Watched): () => Promise<DatabaseHealth> {
  let told: Promise<DatabaseHealth> | undefined;
  /** Undefined while a question is under way. */
  let toldAt: number | undefined;
  const ask = (): Promise<DatabaseHealth> => {
    toldAt = undefined;
    const answer = check().then(() => 'ok' as const, healthAfter);
    void answer.then((health) => {
      told = Promise.resolve(health);
      toldAt = now();
    });
    return inTime(answer, limitMs);
  };
  return () => {
    if (told === undefined || (toldAt !== undefined && now() - toldAt >= freshMs)) told = ask();
    return told;
  };
}

function healthAfter(error: unknown): DatabaseHealth {
  return systemFailureOf(error)?.kind === 'damaged' ? 'database damaged' : 'no database';
}

function inTime(answer: Promise<DatabaseHealth>, limitMs: number): Promise<DatabaseHealth> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, 'no database');
    void answer.then((health) => {
      clearTimeout(timer);
      resolve(health);
    });
  });
}
