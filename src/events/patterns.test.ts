import { describe, expect, it, test } from 'vitest';
import { computedMs, mostComputedMs } from '../../test/support/machine/computed-ms.ts';
import { PatternError } from './pattern-error.ts';
import { compilePattern } from './patterns.ts';

const event = {
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'CodePipeline Stage Execution State Change',
  source: 'aws.codepipeline',
  account: '123456789012',
  time: '2026-02-03T04:05:06Z',
  region: 'eu-central-1',
  resources: ['arn:aws:codepipeline:eu-central-1:123456789012:shop', 'arn:other'],
  detail: {
    state: 'FAILED',
    version: 1,
    'source-ip': '10.0.0.33',
    address: '2001:db8::17',
    empty: '',
    nothing: null,
    isFirst: true,
    path: 'src/lib/index.ts',
    list: [],
    none: {},
    artifacts: [
      { name: 'source', size: 10 },
      { name: 'built', size: 20, tags: [['a', 'b'], 'c'] },
    ],
  },
};

const detail = (pattern: object) => ({ detail: pattern });

const matching: object[] = [
  { source: ['aws.codepipeline'] },
  { source: ['aws.s3', 'aws.codepipeline'], region: ['eu-central-1'] },
  { resources: ['arn:other'] },
  { resources: [{ prefix: 'arn:aws:codepipeline:' }] },
  { time: [{ prefix: '2026-02-03' }] },
  detail({ state: [{ prefix: { 'equals-ignore-case': 'fail' } }] }),
  detail({ path: [{ suffix: '.ts' }] }),
  detail({ path: [{ suffix: { 'equals-ignore-case': '.TS' } }] }),
  detail({ state: [{ 'equals-ignore-case': 'failed' }] }),
  detail({ state: [{ exactly: 'FAILED' }] }),
  detail({ state: [{ 'anything-but': 'SUCCEEDED' }] }),
  detail({ state: [{ 'anything-but': ['SUCCEEDED', 'STARTED'] }] }),
  detail({ version: [{ 'anything-but': [2, 3] }] }),
  detail({ version: [{ 'anything-but': 'FAILED' }] }),
  detail({ state: [{ 'anything-but': { prefix: 'SUC' } }] }),
  detail({ state: [{ 'anything-but': { prefix: ['SUC', 'STA'] } }] }),
  detail({ state: [{ 'anything-but': { suffix: 'TED' } }] }),
  detail({ state: [{ 'anything-but': { 'equals-ignore-case': ['started'] } }] }),
  detail({ path: [{ 'anything-but': { wildcard: '*/test/*' } }] }),
  detail({ artifacts: { name: [{ 'anything-but': 'source' }] } }),
  detail({ version: [1] }),
  detail({ version: [{ numeric: ['=', 1] }] }),
  detail({ version: [{ numeric: ['>', 0, '<=', 1] }] }),
  detail({ version: [{ numeric: ['>=', 1] }] }),
  detail({ version: [{ numeric: ['<', 1.5] }] }),
  detail({ 'source-ip': [{ cidr: '10.0.0.0/24' }] }),
  detail({ address: [{ cidr: '2001:db8::/32' }] }),
  detail({ state: [{ exists: true }], nosuch: [{ exists: false }] }),
  detail({ none: [{ exists: false }], list: [{ exists: false }] }),
  { nosuch: { inner: [{ exists: false }] } },
  detail({ nothing: [null, 'x'], isFirst: [true], empty: [''] }),
  detail({ nothing: [{ exists: true }] }),
  detail({ path: [{ wildcard: 'src/*/index.*' }] }),
  detail({ path: [{ wildcard: '*' }] }),
  detail({ artifacts: { name: ['built'], size: [20] } }),
  detail({ artifacts: { tags: ['b'] } }),
  { source: ['aws.codepipeline'], $or: [{ region: ['us-east-1'] }, { detail: { state: ['FAILED'] } }] },
  { $or: [{ $or: [{ region: ['x'] }, { region: ['eu-central-1'] }] }, { source: ['x'] }] },
];

test.each(matching.map((pattern) => [JSON.stringify(pattern)]))('%s matches', (pattern) => {
  expect(compilePattern(pattern).matches(event)).toBe(true);
});

const differing: object[] = [
  { source: ['aws.codepipeline.x'] },
  { source: ['aws.codepipeline'], region: ['us-east-1'] },
  { Source: ['aws.codepipeline'] },
  { detail: ['FAILED'] },
  { source: { name: ['x'] } },
  detail({ version: ['1'] }),
  detail({ state: [{ prefix: 'fail' }] }),
  detail({ version: [{ prefix: '1' }] }),
  detail({ nosuch: [{ 'anything-but': 'x' }] }),
  detail({ state: [{ 'anything-but': 'FAILED' }] }),
  detail({ state: [{ 'anything-but': { suffix: 'LED' } }] }),
  detail({ path: [{ 'anything-but': { wildcard: '*/lib/*' } }] }),
  detail({ version: [{ numeric: ['>', 1] }] }),
  detail({ state: [{ numeric: ['=', 1] }] }),
  detail({ 'source-ip': [{ cidr: '10.0.1.0/24' }] }),
  detail({ state: [{ cidr: '10.0.0.0/8' }] }),
  detail({ none: [{ exists: true }] }),
  detail({ state: [{ exists: false }] }),
  // Only one of the artifacts has tags, and that is not absence.
  detail({ artifacts: { name: ['source'], tags: [{ exists: false }] } }),
  detail({ artifacts: { name: ['source'], size: [20] } }),
  detail({ path: [{ wildcard: 'src/*.js' }] }),
  { $or: [{ region: ['us-east-1'] }, { source: ['aws.s3'] }] },
  { __proto__constructor: [{ exists: true }] },
  { constructor: [{ exists: true }] },
];

test.each(differing.map((pattern) => [JSON.stringify(pattern)]))('%s does not match', (pattern) => {
  expect(compilePattern(pattern).matches(event)).toBe(false);
});

test.each([
  ['{', 'Invalid JSON'],
  ['[]', 'Filter is not an object'],
  ['{}', 'Empty objects are not allowed'],
  ['{"source":"aws.s3"}', '"source" must be an object or an array'],
  ['{"detail":{}}', 'Empty objects are not allowed'],
  ['{"source":[]}', 'Empty arrays are not allowed'],
  ['{"source":[["a"]]}', 'Match value must be String, number, true, false, or null'],
  ['{"source":[{}]}', 'Match expression name not found'],
  ['{"source":[{"prefix":"a","suffix":"b"}]}', 'Only one key allowed in match expression'],
  ['{"source":[{"startsWith":"a"}]}', 'Unrecognized match type startsWith'],
  ['{"source":[{"toString":"a"}]}', 'Unrecognized match type toString'],
  ['{"source":[{"prefix":1}]}', 'prefix match pattern must be a string'],
  ['{"source":[{"prefix":{"x":"a"}}]}', 'Unsupported prefix pattern: x'],
  ['{"source":[{"exists":"yes"}]}', 'exists match pattern must be either true or false.'],
  ['{"source":[{"numeric":5}]}', 'Value of numeric must be an array.'],
  ['{"source":[{"numeric":[">","5"]}]}', 'Value of > must be numeric'],
  ['{"source":[{"numeric":["!",5]}]}', 'Unrecognized numeric range operator: !'],
  ['{"source":[{"numeric":["=",5,"<",6]}]}', 'Too many elements in numeric expression'],
  ['{"source":[{"numeric":[">",5,"<",4]}]}', 'Bottom must be less than top'],
  ['{"source":[{"numeric":["=",6e9]}]}', 'Value must be between -5.0E9 and 5.0E9, inclusive'],
  ['{"source":[{"cidr":"10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
  ['{"source":[{"cidr":"10.0.0.0/32"}]}', 'IPv4 mask bits must be < 32'],
  ['{"source":[{"cidr":"host/8"}]}', 'Nonstandard IP address: host'],
  ['{"source":[{"anything-but":[]}]}', 'mixed type is not supported'],
  ['{"source":[{"anything-but":["a",1]}]}', 'mixed type is not supported'],
  ['{"source":[{"anything-but":null}]}', 'must be an array or single string/number value.'],
  ['{"source":[{"anything-but":[null]}]}', 'start|null|boolean is not supported'],
  ['{"source":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}', 'Unsupported anything-but pattern: cidr'],
  ['{"source":[{"anything-but":{"prefix":""}}]}', 'Null prefix/suffix not allowed'],
  ['{"source":[{"wildcard":"a**b"}]}', 'Consecutive wildcard characters at pos 2'],
  ['{"source":[{"wildcard":"a\\\\b"}]}', 'Invalid escape character at pos 2'],
  ['{"$or":{"a":["b"]}}', 'It must be an Array followed with $or.'],
  ['{"$or":[{"a":["b"]}]}', 'There must have at least 2 Objects in $or relationship.'],
  ['{"$or":[{"a":["b"]},1]}', 'Only JSON object is allowed in array of $or relationship.'],
  ['{"$or":[{"a":["b"]},{"prefix":["b"]}]}', 'prefix is Ruler reserved fieldName which cannot be used inside $or.'],
])('%s is refused', (pattern, reason) => {
  expect(() => compilePattern(pattern)).toThrow(PatternError);
  expect(() => compilePattern(pattern)).toThrow(reason);
});

it('understands the escapes of wildcards', () => {
  const { matches } = compilePattern({ a: [{ wildcard: '\\*x\\\\*' }] });
  expect(matches({ a: '*x\\rest' })).toBe(true);
  expect(matches({ a: 'yx\\rest' })).toBe(false);
});

it('does not let the ends of a wildcard overlap', () => {
  const { matches } = compilePattern({ a: [{ wildcard: 'aba*bab*aba' }] });
  expect(matches({ a: 'abababa' })).toBe(false);
  expect(matches({ a: 'ababababa' })).toBe(true);
});

describe('hostile input', () => {
  const largeText = 'a'.repeat(256 * 1024);

  it('is refused when there are many wildcards', () => {
    const wildcards = Array.from({ length: 65 }, () => ({ wildcard: '*b' }));
    expect(() => compilePattern({ a: wildcards })).toThrow('Rule is too complex');
  });

  it.each<[string, object, object]>([
    ['wildcards that nearly match', { a: [{ wildcard: `*${'a'.repeat(3000)}b*` }] }, { a: largeText }],
    ['as many wildcards as are allowed', { a: Array(64).fill({ wildcard: 'a*b' }) }, { a: largeText }],
    [
      'comparisons that ignore the case',
      { a: Array(80).fill({ 'equals-ignore-case': 'B' }) },
      { a: largeText.toUpperCase() },
    ],
    [
      'an absent field in each of many elements',
      { a: { b: [{ exists: false }], c: ['x'] } },
      { a: Array.from({ length: 30_000 }, () => ({ b: 1, c: 'x' })) },
    ],
  ])('costs little: %s', (_, pattern, large) => {
    const compiled = compilePattern(pattern);
    compiled.matches(large);
    expect(computedMs(() => expect(compiled.matches(large)).toBe(false))).toBeLessThan(mostComputedMs);
  });

  it('may be nested deeply', () => {
    const nested = JSON.parse(`${'['.repeat(100_000)}"x"${']'.repeat(100_000)}`) as unknown;
    expect(compilePattern({ a: ['x'] }).matches({ a: nested })).toBe(true);
    const pattern = `${'{"a":'.repeat(650)}["x"]${'}'.repeat(650)}`;
    expect(compilePattern(pattern).matches({ a: { a: 1 } })).toBe(false);
  });
});
