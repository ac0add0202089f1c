import { describe, expect, it, test } from 'vitest';
import type { RuleTarget } from '../model/event-rule.ts';
import { mistakeInInput, renderInput } from './target-input.ts';

const rule = { name: 'r', arn: 'arn:aws:events:eu-central-1:123456789012:rule/r' };
const event = {
  version: '0' as const,
  id: 'e1',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: '123456789012',
  time: '2026-02-03T04:05:06Z',
  region: 'eu-central-1',
  resources: ['arn:aws:s3:::in'],
  detail: { object: { key: 'a "b".zip', 'version-id': 'v1', size: 5 }, tags: [{ k: 1 }, { k: 2 }] },
};

const render = (target: Partial<RuleTarget>) => JSON.parse(renderInput({ Id: 't', ...target }, event, rule)) as unknown;

test('a target gets the event, a part of it, or a constant', () => {
  expect(render({})).toEqual(event);
  expect(render({ InputPath: '$.detail' })).toEqual(event.detail);
  expect(render({ InputPath: '$.nosuch.thing' })).toBeNull();
  expect(render({ InputPath: "$.detail['object']['version-id']" })).toBe('v1');
  expect(render({ InputPath: '$.resources[0]' })).toBe('arn:aws:s3:::in');
  expect(render({ InputPath: '$.detail.tags[*].k' })).toEqual([1, 2]);
  expect(render({ Input: '{"variables":[]}' })).toEqual({ variables: [] });
});

describe('a template', () => {
  const transform = (InputTemplate: string, InputPathsMap: Record<string, string> = {}) =>
    render({ InputTransformer: { InputTemplate, InputPathsMap } });

  it('has variables as text between quotation marks and as JSON elsewhere', () => {
    const paths = { version: '$.detail.object.version-id', key: '$.detail.object.key', all: '$.detail.object' };
    expect(transform('{"sourceRevisions":[{"revisionValue":"<version>"}]}', paths)).toEqual({
      sourceRevisions: [{ revisionValue: 'v1' }],
    });
    expect(transform('{"a":<key>,"b":<all>,"c":"\\"<key>\\" <all>"}', paths)).toEqual({
      a: 'a "b".zip',
      b: event.detail.object,
      c: `"a "b".zip" ${JSON.stringify(event.detail.object)}`,
    });
  });

  it('does not become arbitrarily large', () => {
    const large = { ...event, detail: { text: 'x'.repeat(200_000) } };
    const InputTransformer = { InputTemplate: `[${'<e>,'.repeat(2000)}0]`, InputPathsMap: { e: '$' } };
    expect(() => renderInput({ Id: 't', InputTransformer }, large, rule)).toThrow('larger than 262144 characters');
  });

  it('has predefined variables, and empty ones without a value', () => {
    expect(transform('["<aws.events.rule-name>",<aws.events.rule-arn>,"<x>"]', { x: '$.nosuch' })).toEqual([
      'r',
      rule.arn,
      '',
    ]);
    expect(transform('<aws.events.event.json>')).toEqual(event);
  });
});

test.each<[Partial<RuleTarget>, string]>([
  [{ Input: '{' }, 'JSON syntax error in input for target t'],
  [{ Input: '{}', InputPath: '$' }, 'Only one of Input, InputPath, or InputTransformer must be provided for target t.'],
  [{ InputPath: 'detail' }, "The path 'detail' of target t is not valid."],
  [{ InputPath: '$.detail[?(@.x)]' }, 'is not valid'],
  [{ InputPath: '$..detail' }, 'is not valid'],
  [{ InputTransformer: { InputTemplate: '"<x>"', InputPathsMap: { x: '$.a b' } } }, "The path '$.a b'"],
  [{ InputTransformer: { InputTemplate: '"<y>"', InputPathsMap: { x: '$' } } }, "has no variable 'y'"],
  [{ InputTransformer: { InputTemplate: '"<constructor>"' } }, "has no variable 'constructor'"],
  [{ InputTransformer: { InputTemplate: '""', InputPathsMap: { awsX: '$' } } }, "reserved prefix 'aws'"],
])('%j is refused', (target, mistake) => {
  expect(mistakeInInput({ Id: 't', ...target })).toContain(mistake);
});
