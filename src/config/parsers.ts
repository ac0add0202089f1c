/** The value of a text, or what was expected instead. */
export type Parsed<Value> = { value: Value } | { expected: string };
/** Turns the text of a setting into its value. */
export type Parser<Value> = (text: string) => Parsed<Value>;

/** Levels of the log, from everything to nothing. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Formats of the log; `auto` is text on a terminal and JSON elsewhere. */
export const logFormats = ['auto', 'text', 'json'] as const;
/** Format of the log. */
export type LogFormat = (typeof logFormats)[number];

/** Words the message about an invalid value; a secret's text is left out. */
export function invalidValue(source: string, expected: string, text?: string): string {
  return `${source}: invalid value${text === undefined ? '' : ` '${text}'`}: expected ${expected}.`;
}

/** Accepts any text, also an empty one. */
export function anyText(text: string): Parsed<string> {
  return { value: text };
}

/** Accepts texts that match a pattern. */
export function textMatching(pattern: RegExp, expected: string): Parser<string> {
  return (text) => (pattern.test(text) ? { value: text } : { expected });
}

/** Accepts the path of a file. */
export const filePath = textMatching(/^[^\0]+$/, 'the path of a file');

/** Accepts plain decimal numbers within limits; rejects signs, exponents and other bases. */
export function numberBetween(least: number, most: number, unit: string, decimals: 0 | 3 = 0): Parser<number> {
  const pattern = decimals === 0 ? /^\d{1,9}$/ : /^\d{1,9}(\.\d{1,3})?$/;
  const kind = decimals === 0 ? 'a whole number' : 'a number with at most three decimals';
  const expected = `${kind} from ${least} to ${most}${unit === '' ? '' : ` (${unit})`}`;
  return (text) => {
    const value = pattern.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? { value } : { expected };
  };
}

/** Accepts one of some words, spelled exactly. */
export function oneOf<const Word extends string>(words: readonly Word[]): Parser<Word> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { expected: `one of ${words.join(', ')}` } : { value };
  };
}

/** Accepts a word, or what another parser accepts. */
export function orWord<Word extends string, Value>(word: Word, parse: Parser<Value>): Parser<Word | Value> {
  return (text) => {
    const parsed = text === word ? { value: word } : parse(text);
    return 'value' in parsed ? parsed : { expected: `${parsed.expected}, or ${word}` };
  };
}

/** Accepts an access key id that the operator chose. */
export function parseAccessKeyId(text: string): Parsed<string> {
  // Ids beginning with ASIA belong to temporary credentials, which are verified without looking up a key.
  if (text.startsWith('ASIA')) {
    return { expected: 'an id that does not begin with ASIA, which is reserved for temporary credentials' };
  }
  return /^\w{16,128}$/.test(text) ? { value: text } : { expected: '16 to 128 letters, digits or underscores' };
}

/** Accepts an `http://` or `https://` URL without a path, query or user. */
export function parseServerUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isServer = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return isServer ? { value: url.origin } : { expected: 'a URL such as https://s3.example.org, without a path' };
}

/** Reads the URL that clients have of a server. */
export function parseEndpoint(text: string): Parsed<string> {
  const isUrl = /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text);
  return isUrl ? { value: text } : { expected: 'the URL of the server, such as http://127.0.0.1:7090' };
}
