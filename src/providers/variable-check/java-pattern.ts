import { Worker } from 'node:worker_threads';
import { JobFailure } from '../../worker/job-failure.ts';

/**
 * The most work one match may be: instructions of the compiled expression times characters of the value. The engine is
 * linear in both; this many took the slowest pattern tried half a second.
 */
const maxMatchSteps = 10_000_000;

/** Longer ones take seconds to compile. */
const maxPatternCharacters = 10_000;

/** For compiling and matching, with the start of the thread. */
const longestMatchMs = 5000;

/** What the thread of a match posts. */
export type PatternOutcome = { matches: boolean } | { unsupported: string } | { isTooLarge: true };

/** One match at a time: many rules that are checked together must not take all processors. */
let previous: Promise<unknown> = Promise.resolve();

/**
 * Whether a Java regular expression matches all of a text (behaviour C.8), in time linear in the text. Rejects with
 * ConfigurationError for a pattern that is wrong, too large, or uses a construct that the engine lacks or reads otherwise.
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

/** Compiles and matches beside the event loop. */
async function matchInThread(text: string, pattern: string, signal: AbortSignal): Promise<PatternOutcome> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./pattern-thread.mjs', import.meta.url), {
    workerData: { text, pattern, maxMatchSteps },
    // Options of the server's own process, such as a preload, are none of a thread's.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(refused('it takes too long to match.')), longestMatchMs);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        act();
      };
      const abort = () => settle(() => reject(signal.reason));
      signal.addEventListener('abort', abort);
      thread.once('message', (outcome: PatternOutcome) => settle(() => resolve(outcome)));
      thread.once('error', () => settle(() => reject(refused('it is too large.'))));
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
 * The first construct that RE2 accepts with another meaning than Java's; a rule that passed by such a misunderstanding
 * would open a gate. Constructs that RE2 does not know need no mention: it refuses them itself.
 */
function misreadConstruct(pattern: string): string | undefined {
  /** Where a `]` would still be a character of the class; undefined outside of classes. */
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
