import { RE2JS, RE2JSException } from 're2js';
import { JobFailure } from '../../worker/job-failure.ts';

/**
 * The most work one match may be: instructions of the compiled expression times characters of the value. The engine is
 * linear in both; this many took the slowest pattern tried a third of a second, in which the process does nothing else.
 */
const maxMatchSteps = 20_000_000;

/**
 * Whether a Java regular expression matches all of a text (behaviour C.8), in time linear in the text. Throws
 * ConfigurationError for a pattern that is wrong, too large, or uses a construct that the engine lacks or reads otherwise.
 */
export function matchesJavaPattern(text: string, pattern: string): boolean {
  const misread = misreadConstruct(pattern);
  if (misread !== undefined) throw refused(`${misread} is not supported.`);
  const compiled = compile(pattern);
  if (compiled.programSize() * text.length > maxMatchSteps) {
    throw refused(`it is too large for a value of ${text.length} characters.`);
  }
  return compiled.testExact(text);
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw refused(
      `${error.message}. Look-around, back references, possessive quantifiers and atomic groups are not supported.`,
    );
  }
}

function refused(why: string): JobFailure {
  return new JobFailure('ConfigurationError', `Value cannot be used as a regular expression: ${why}`);
}

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
      if (/^\(\?[a-zA-Z]*U/.test(pattern.slice(at))) return 'The flag U';
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
