import { systemFailureOf } from '../contract/system-failure.ts';

/** Health results are cached for 1 s, so that any number of load balancers costs one query. */
const freshMs = 1000;

/** The state of the database. */
export type DatabaseHealth = 'ok' | 'no database' | 'database damaged';

/** A database that takes longer is unavailable: calls would wait as long. */
const defaultTimeoutMs = 2000;

/** The database, and what a test may replace; durations in ms. */
interface Watched {
  /** Rejects if the database does not respond or is damaged. */
  check(): Promise<void>;
  now?: () => number;
  timeoutMs?: number;
}

/**
 * Returns a function that checks the database. A check begins at most once a second, and not while another one runs:
 * checks that hang would use up the connections that calls need.
 */
export function watchDatabase({
  check,
  now = () => performance.now(),
  timeoutMs = defaultTimeoutMs,
}: Watched): () => Promise<DatabaseHealth> {
  let latest: Promise<DatabaseHealth> | undefined;
  /** Undefined while a check runs. */
  let checkedAt: number | undefined;
  const start = (): Promise<DatabaseHealth> => {
    checkedAt = undefined;
    const result = check().then(() => 'ok' as const, healthAfter);
    void result.then((health) => {
      latest = Promise.resolve(health);
      checkedAt = now();
    });
    return inTime(result, timeoutMs);
  };
  return () => {
    if (latest === undefined || (checkedAt !== undefined && now() - checkedAt >= freshMs)) latest = start();
    return latest;
  };
}

function healthAfter(error: unknown): DatabaseHealth {
  return systemFailureOf(error)?.kind === 'damaged' ? 'database damaged' : 'no database';
}

function inTime(result: Promise<DatabaseHealth>, timeoutMs: number): Promise<DatabaseHealth> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, 'no database');
    void result.then((health) => {
      clearTimeout(timer);
      resolve(health);
    });
  });
}
