import { expect, test } from 'vitest';
import { SearchBudgetError } from '../api/codepipeline/webhooks/json-path.ts';
import type { WebhookFilterRule } from '../contract/generated.ts';
import { passesFilters } from './filters.ts';

const event = { ref: 'refs/heads/main', size: 3, forced: false, base: null, commits: [{ id: 'a' }, { id: 'b' }] };
const configuration = { Branch: 'main', Owner: 'mill', OAuthToken: { sealed: 's1.1.x' } };
const passes = (...filters: WebhookFilterRule[]) => passesFilters(filters, event, configuration);

test.each<[WebhookFilterRule, boolean]>([
  [{ jsonPath: '$.ref', matchEquals: 'refs/heads/main' }, true],
  [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Branch}' }, true],
  [{ jsonPath: '$.ref', matchEquals: 'refs/heads/{Owner}' }, false],
  [{ jsonPath: '$.ref', matchEquals: 'refs/heads/mai' }, false],
  [{ jsonPath: '$.nothing', matchEquals: 'undefined' }, false],
  [{ jsonPath: '$.size', matchEquals: '3' }, true],
  [{ jsonPath: '$.forced', matchEquals: 'false' }, true],
  [{ jsonPath: '$.base', matchEquals: 'null' }, true],
  [{ jsonPath: '$.commits', matchEquals: '[object Object]' }, false],
  [{ jsonPath: '$.commits[*].id', matchEquals: 'b' }, true],
  [{ jsonPath: '$.commits[*].id', matchEquals: 'c' }, false],
])('%j passes the event: %s (behaviour C.13)', async (filter, isPassed) => {
  expect(await passes(filter)).toBe(isPassed);
});

test.each<[string, boolean]>([
  ['$.ref', true],
  ['$.base', true],
  ['$.commits', true],
  ['$.nothing', false],
  ['$.commits[?@.id == "c"]', false],
])('without matchEquals %s must select something (behaviour C.13)', async (jsonPath, isPassed) => {
  expect(await passes({ jsonPath })).toBe(isPassed);
});

test('every filter must pass, and without filters every event passes (behaviour C.13)', async () => {
  const main = { jsonPath: '$.ref', matchEquals: 'refs/heads/main' };
  const other = { jsonPath: '$.ref', matchEquals: 'refs/heads/other' };
  expect(
    await Promise.all([passes(), passes(main), passes(main, main), passes(main, other), passes(other, main)]),
  ).toEqual([true, true, true, false, false]);
});

test('placeholders for secrets and for missing keys stay as they are', async () => {
  const matches = (ref: string, matchEquals: string) =>
    passesFilters([{ jsonPath: '$.ref', matchEquals }], { ref }, configuration);
  expect(await matches('{OAuthToken}', '{OAuthToken}')).toBe(true);
  expect(await matches('[object Object]', '{OAuthToken}')).toBe(false);
  expect(await matches('{Tag}-{toString}', '{Tag}-{toString}')).toBe(true);
  expect(await matches('mill-main-{', '{Owner}-{Branch}-{')).toBe(true);
});

test('the value of a placeholder is not expanded again', async () => {
  const filters = [{ jsonPath: '$.ref', matchEquals: '{Branch}' }];
  expect(await passesFilters(filters, { ref: '{Owner}$&' }, { Branch: '{Owner}$&', Owner: 'mill' })).toBe(true);
});

test('a search through a huge event is aborted', async () => {
  const huge = { commits: Array.from({ length: 300_000 }, () => ({})) };
  await expect(passesFilters([{ jsonPath: '$..id' }], huge, {})).rejects.toThrow(SearchBudgetError);
});
