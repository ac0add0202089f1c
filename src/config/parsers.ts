/** What a parser makes of a setting's text: its value, or a problem that says what to write instead. */
export type Parsed<Value> = { value: Value } | { problem: string };

/** One row of the table: where the text comes from, what it means, and the sentence the documentation prints. */
export interface Setting<Value = unknown> {
  env: string;
  /** Absent for secrets: a command line is visible to every user of the machine. */
  flag?: string;
  /** Never repeated in a message, though it has a flag. */
  isSecret?: true;
  /** What stands for the value in `--flag <value>`. */
  placeholder: string;
  /** Text that is parsed when nothing is given; absent when the setting may stay unset. */
  default?: string;
  parse(text: string): Parsed<Value>;
  sentence: string;
}

/** The levels of the log, from everything to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
/** How much the server logs. */
export type LogLevel = (typeof logLevels)[number];

/** The forms of the log: text on a terminal and JSON elsewhere, or one of them always. */
export const logFormats = ['auto', 'text', 'json'] as const;
/** The form of the log. */
export type LogFormat = (typeof logFormats)[number];

/** Text that a pattern accepts; `wanted` ends the sentence "give …". */
export function textMatching(pattern: RegExp, wanted: string): (text: string) => Parsed<string> {
  return (text) => (pattern.test(text) ? { value: text } : { problem: `give ${wanted}` });
}

/** A plain decimal number within limits; signs, exponents and other bases are refused. */
export function numberBetween(
  least: number,
  most: number,
  unit: string,
  decimals: 0 | 3 = 0,
): (text: string) => Parsed<number> {
  const pattern = decimals === 0 ? /^\d{1,9}$/ : /^\d{1,9}(\.\d{1,3})?$/;
  const kind = decimals === 0 ? 'a whole number' : 'a number with at most three decimals';
  return (text) => {
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most
      ? { value }
      : { problem: `give ${kind} from ${least} to ${most}${unit === '' ? '' : ` (${unit})`}` };
  };
}

/** One of some words, spelled exactly. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Parsed<Word> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { problem: `give one of ${words.join(', ')}` } : { value };
  };
}

/** A word, or what another parser accepts. */
export function orWord<Word extends string, Value>(
  word: Word,
  parse: (text: string) => Parsed<Value>,
): (text: string) => Parsed<Word | Value> {
  return (text) => {
    const parsed = text === word ? { value: word } : parse(text);
    return 'problem' in parsed ? { problem: `${parsed.problem}, or ${word}` } : parsed;
  };
}

/** The id of an access key that the owner of the installation chose. */
export function parseAccessKeyId(text: string): Parsed<string> {
  // Ids beginning with ASIA mark temporary credentials, which are verified without a look-up of the key.
  if (text.startsWith('ASIA'))
    return { problem: 'give an id that does not begin with ASIA, which is kept for temporary credentials' };
  return /^\w{16,128}$/.test(text) ? { value: text } : { problem: 'give 16 to 128 letters, digits or underscores' };
}

/** A `http://` or `https://` URL of a server: no path, query or user. */
export function parseServerUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isServer = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isServer ? { value: url.origin } : { problem: 'give a URL such as https://s3.example.org, without a path' };
}
