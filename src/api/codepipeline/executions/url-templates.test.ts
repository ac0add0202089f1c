import { describe, expect, test } from 'vitest';
import { actionType } from '../../../../test/support/pipelines/declarations.ts';
import { fillTemplate } from './url-templates.ts';

const type = actionType({
  category: 'Test',
  provider: 'Jenkins',
  properties: [
    { name: 'Job', required: true },
    { name: 'Server', required: true },
    { name: 'Note' },
    { name: 'Token', required: true, secret: true },
  ],
}).definition;

function fill(template: string, values: Record<string, string>, externalExecutionId?: string): string | undefined {
  return fillTemplate(template, type, { configuration: values, externalExecutionId });
}

describe('values are percent-encoded', () => {
  test.each([
    ['My App', 'My%20App'],
    ['a/b', 'a%2Fb'],
    ['a&x=1', 'a%26x%3D1'],
    ['a#b?c', 'a%23b%3Fc'],
    ['100%', '100%25'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['"><script>', '%22%3E%3Cscript%3E'],
    ['\ud800', '%EF%BF%BD'],
    ['a-b_c.d~e', 'a-b_c.d~e'],
  ])('%s', (value, encoded) => {
    expect(fill('https://ci/job/{Config:Job}/run', { Job: value })).toBe(`https://ci/job/${encoded}/run`);
    expect(fill('https://ci/run?id={ExternalExecutionId}', {}, value)).toBe(`https://ci/run?id=${encoded}`);
  });

  test('except a whole URL at the beginning', () => {
    expect(fill('{ExternalExecutionId}', {}, 'https://ci/job/1?a=b')).toBe('https://ci/job/1?a=b');
    expect(fill('{Config:Server}/job/{Config:Job}', { Server: 'http://ci:8080/x', Job: 'My App' })).toBe(
      'http://ci:8080/x/job/My%20App',
    );
    expect(fill('{ExternalExecutionId}', {}, 'javascript:alert(1)')).toBe('javascript%3Aalert(1)');
    expect(fill('{ExternalExecutionId}', {}, 'https://ci/"><script>')).toMatch(/^https%3A/);
  });
});

test('a template with a missing or a hidden value gives no URL', () => {
  expect(fill('https://ci/{ExternalExecutionId}', {})).toBeUndefined();
  expect(fill('https://ci/{Config:Note}', { Note: 'x' })).toBeUndefined();
  expect(fill('https://ci/{Config:Token}', { Token: 'x' })).toBeUndefined();
  expect(fill('https://ci/{Config:Job}', {})).toBeUndefined();
  expect(fillTemplate(undefined, type, { configuration: {} })).toBeUndefined();
});
