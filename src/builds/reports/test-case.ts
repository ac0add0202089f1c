/** The most test cases of a report that are kept, as at CodeBuild; all are counted. */
export const mostTestCases = 500;

const mostCharacters = 1000;

/** A test case of a report, of which the texts may be cut. */
export interface TestCase {
  name: string;
  /** Such as the name of a class. */
  prefix: string;
  suite: string;
  status: 'SUCCEEDED' | 'FAILED' | 'ERROR' | 'SKIPPED';
  /** In seconds. */
  duration: number;
  /** Why it did not succeed. */
  message: string;
}

/** Returns a test case with the secrets of its texts replaced, which may make them longer. */
export function maskedTestCase(testCase: TestCase, mask: (text: string) => string): TestCase {
  const masked = (text: string) => mask(text).slice(0, mostCharacters).toWellFormed();
  return {
    ...testCase,
    name: masked(testCase.name),
    prefix: masked(testCase.prefix),
    suite: masked(testCase.suite),
    message: masked(testCase.message),
  };
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Returns a text of an XML file with its entities as characters. Of other values returns an empty text. */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  // Only the beginning is kept, and an entity has at most ten characters.
  const text = value.slice(0, 10 * mostCharacters).replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, decode);
  return text.trim().slice(0, mostCharacters).toWellFormed().replaceAll('\0', '');
}

function decode(whole: string, decimal?: string, hexadecimal?: string, name = ''): string {
  if (decimal === undefined && hexadecimal === undefined) return entities[name] ?? whole;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
