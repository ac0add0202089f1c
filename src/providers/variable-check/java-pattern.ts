import { Worker } from 'node:worker_threads';
import { JobFailure } from '../../worker/job-failure.ts';

/**
 * Most work of one match: instructions of the compiled expression times characters of the value. The engine is linear
 * in both; the slowest pattern tried took half a second for this many.
 */
const maxMatchSteps = 10_000_000;

/** Longer ones take seconds to compile. */
const maxPatternCharacters = 10_000;

/** Time limit for starting the thread, compiling and matching. */
const longestMatchMs = 5000;

/** What the matching thread posts. */
export type PatternOutcome = { matches: boolean } | { unsupported: string } | { isTooLarge: true };

/** One match at a time: many rules checked together must not occupy all processors. */
let previous: Promise<unknown> = Promise.resolve();

/**
 * Returns whether a Java regular expression matches a whole text (behaviour C.8), in time linear in the text. Rejects
 * with ConfigurationError if the pattern is invalid, too large, or uses a construct that the engine lacks or reads
 * differently.
 */
export async function matchesJavaPattern(text: string, pattern: string, signal: AbortSignal): Promise<boolean> {
  if (pattern.length > maxPatternCharacters) throw refused(`it has more than ${maxPatternCharacters} characters.`);
  const misread = misreadConstruct(pattern);
  if (misread !== undefined) throw refused(`${misread} is not supported.`);
  const turn = previous.then(() => matchInThread(text, pattern, signal));
  previous = turn.catch(() => undefined);
  const outcome = await turn;
  if ('matches' in outcome) return outcome.matches;
  if ('isTooLarge' in outcome) throw refused(`it is too large for a value of ${text.length} characters.`);
  throw refused(
    `${outcome.unsupported}. Look-around, back references, possessive quantifiers and atomic groups are not supported.`,
  );
}

/** Compiles and matches outside the event loop. */
async function matchInThread(text: string, pattern: string, signal: AbortSignal): Promise<PatternOutcome> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./pattern-thread.mjs', import.meta.url), {
    workerData: { text, pattern, maxMatchSteps },
    // Options of the server's process, such as a preload, must not apply to the thread.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(refused('it takes too long to match.')), longestMatchMs);
      const finish = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        act();
      };
      const abort = () => finish(() => reject(signal.reason));
      signal.addEventListener('abort', abort);
      thread.once('message', (outcome: PatternOutcome) => finish(() => resolve(outcome)));
      thread.once('error', () => finish(() => reject(refused('it is too large.'))));
    });
  } finally {
    await thread.terminate();
  }
}

function refused(why: string): JobFailure {
  return new JobFailure('ConfigurationError', `Value cannot be used as a regular expression: ${why}`);
}

/** `(?U)`, alone or among other flags. */
const unicodeFlag = /\(\?[a-zA-Z]*U/y;

/**
 * Returns the first construct that RE2 accepts with a meaning other than Java's, with which a rule could pass wrongly.
 * Constructs that RE2 lacks are not checked, because it rejects them itself.
 */
function misreadConstruct(pattern: string): string | undefined {
  /** Where a `]` would still be a literal; undefined outside classes. */
  let classStart: number | undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const two = pattern.slice(at, at + 2);
    if (two === '\\Q') {
      const end = pattern.indexOf('\\E', at + 2);
      if (end < 0) return undefined;
      at = end + 1;
    } else if (two === '\\v') {
      return 'The escape \\v, which Java reads as any vertical white space,';
    } else if (two === '\\0') {
      return 'An octal number like \\0101';
    } else if (two.startsWith('\\')) {
      at += 1;
    } else if (classStart === undefined) {
      unicodeFlag.lastIndex = at;
      if (unicodeFlag.test(pattern)) return 'The flag U';
      if (two.startsWith('[')) classStart = at + (two === '[^' ? 2 : 1);
      if (two === '[^') at += 1;
    } else if (two === '&&') {
      return 'An intersection of character classes (&&)';
    } else if (two.startsWith('[')) {
      return 'A character class within another';
    } else if (two.startsWith(']') && at > classStart) {
      classStart = undefined;
    }
  }
  return undefined;
}
