/** How long an answer of the database is told to whoever asks, so that any number of balancers costs one question. */
const freshMs = 1000;

/** A database that takes longer is told as gone: calls would wait as long. */
const patienceMs = 2000;

/** What there is to know, and what a test may replace; durations in ms. */
interface Watched {
  /** Rejects when the database does not answer. */
  check(): Promise<void>;
  now?: () => number;
  patienceMs?: number;
}

/**
 * Tells whether the database answers. It is asked at most once a second, and not again before it has answered or failed:
 * questions that hang would take the connections that calls need.
 */
export function watchDatabase({
  check,
  now = () => performance.now(),
  patienceMs: limitMs = patienceMs,
}: Watched): () => Promise<boolean> {
  let told: Promise<boolean> | undefined;
  /** Undefined while a question is under way. */
  let toldAt: number | undefined;
  const ask = (): Promise<boolean> => {
    toldAt = undefined;
    const answer = check().then(
      () => true,
      () => false,
    );
    void answer.then((isThere) => {
      told = Promise.resolve(isThere);
      toldAt = now();
    });
    return inTime(answer, limitMs);
  };
  return () => {
    if (told === undefined || (toldAt !== undefined && now() - toldAt >= freshMs)) told = ask();
    return told;
  };
}

function inTime(answer: Promise<boolean>, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, false);
    void answer.then((isThere) => {
      clearTimeout(timer);
      resolve(isThere);
    });
  });
}
