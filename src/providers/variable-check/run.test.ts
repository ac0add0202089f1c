import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it, test } from 'vitest';
import { MemoryObjects, toolsWith } from '../../../test/support/workers/memory-objects.ts';
import type { Job } from '../../contract/generated.ts';
import { providers } from '../index.ts';
import { createProviderRunner } from '../provider-runner.ts';

const run = createProviderRunner({ providers, toolsFor: (_job, signal) => toolsWith(new MemoryObjects({}), signal) });

/** Performs a job as the server does: through the runner, by the type of the job. */
function check(configuration: Record<string, string>) {
  const actionTypeId = { category: 'Rule', owner: 'AWS', provider: 'VariableCheck', version: '1' };
  const job = { id: 'job-1', data: { actionTypeId, actionConfiguration: { configuration } } };
  return run(job as Job, new AbortController().signal);
}

const compare = (Variable: string, Operator: string, Value: string) => check({ Variable, Operator, Value });
const succeeded = (summary: string) => ({ status: 'Succeeded', executionDetails: { summary, percentComplete: 100 } });

describe('the operators (behaviour C.8)', () => {
  test.each([
    ['main', 'EQ', 'main', 'The variable has the value "main", which equals "main".'],
    ['main', 'NE', 'Main', 'The variable has the value "main", which does not equal "Main".'],
    ['feature/a', 'CONTAINS', '/', 'The variable has the value "feature/a", which contains "/".'],
    [
      'v1.2',
      'MATCHES',
      'v\\d+\\.\\d+',
      'The variable has the value "v1.2", which matches the regular expression "v\\d+\\.\\d+".',
    ],
    ['', 'EQ', '', 'The variable has the value "", which equals "".'],
  ])('%j %s %j holds', async (variable, operator, value, summary) => {
    expect(await compare(variable, operator, value)).toEqual(succeeded(summary));
  });

  test.each([
    ['main', 'EQ', 'MAIN', 'The variable has the value "main", which does not equal "MAIN".'],
    ['main', 'NE', 'main', 'The variable has the value "main", which equals "main".'],
    ['main', 'CONTAINS', 'x', 'The variable has the value "main", which does not contain "x".'],
    [
      'xv1.2',
      'MATCHES',
      'v\\d',
      'The variable has the value "xv1.2", which does not match the regular expression "v\\d".',
    ],
  ])('%j %s %j does not', async (variable, operator, value, message) => {
    await expect(compare(variable, operator, value)).rejects.toMatchObject({ type: 'JobFailed', message });
  });

  it('shows only the beginning of a long value', async () => {
    const shown = `"${'a'.repeat(200)}…"`;
    await expect(compare('a'.repeat(5000), 'NE', 'a'.repeat(5000))).rejects.toMatchObject({
      message: `The variable has the value ${shown}, which equals ${shown}.`,
    });
  });
});

describe('an invalid configuration', () => {
  test.each([
    [{ Variable: 'a', Operator: 'GT', Value: 'a' }, 'Operator has to be one of EQ, NE, CONTAINS, MATCHES, not "GT".'],
    [{ Variable: 'a', Value: 'a' }, 'The configuration has no value for Operator.'],
    [{ Operator: 'EQ', Value: 'a' }, 'The configuration has no value for Variable.'],
    [{ Operator: 'EQ', Variable: 'a' }, 'The configuration has no value for Value.'],
  ])('%j', async (configuration, message) => {
    await expect(check(configuration)).rejects.toMatchObject({ type: 'ConfigurationError', message });
  });
});

describe('regular expressions', () => {
  test.each([
    ['main', 'main|develop'],
    ['release/2026-01', '(?i)RELEASE/.*'],
    ['a.b', '\\Qa.b\\E'],
    ['[]', '[\\[\\]]+'],
    ['a]', 'a[]]'],
    ['b', '[^]a]'],
    ['x1', '(?<letter>[a-z])\\p{Nd}'],
    ['&&', '&&'],
    ['U', '(?-i)U'],
    ['', ''],
  ])('%j is matched by %s', async (variable, pattern) => {
    expect(await compare(variable, 'MATCHES', pattern)).toMatchObject({ status: 'Succeeded' });
  });

  test.each([
    ['look-ahead', 'a(?=b)'],
    ['look-behind', '(?<=a)b'],
    ['a back reference', '(a)\\1'],
    ['a possessive quantifier', 'a++'],
    ['an atomic group', '(?>a)'],
    ['an unclosed group', '('],
    ['a Java-only escape', '\\R'],
  ])('%s is refused and said to be', async (_name, pattern) => {
    await expect(compare('a', 'MATCHES', pattern)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringMatching(/^Value cannot be used as a regular expression: .+ are not supported\.$/s),
    });
  });

  // RE2 accepts each of these, but with another meaning than Java.
  test.each([
    ['[a-z&&[^b]]', 'An intersection of character classes (&&)'],
    ['[a[bc]]', 'A character class within another'],
    ['(?U)\\w+', 'The flag U'],
    ['(?iU:\\w+)', 'The flag U'],
    [`(?${'i'.repeat(50)}U)\\w+`, 'The flag U'],
    ['\\v', 'The escape \\v, which Java reads as any vertical white space,'],
    ['\\0101', 'An octal number like \\0101'],
    ['\\Q[\\E[a[b]]', 'A character class within another'],
  ])('%s is refused', async (pattern, construct) => {
    await expect(compare('a', 'MATCHES', pattern)).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: `Value cannot be used as a regular expression: ${construct} is not supported.`,
    });
  });

  it('takes no exponential time', async () => {
    await expect(compare('x'.repeat(50_000), 'MATCHES', '(x+x+)+y')).rejects.toMatchObject({ type: 'JobFailed' });
  });

  it('does not block the event loop, however slow and numerous the patterns are', async () => {
    const slow = ['(?:(?:a|aa|aaa|.|..)?){700}', '(?:(?:a|b|ab|aa|.)?){900}', '(?:(?:a?|aa?|.?.?)?){600}c'];
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const checks = await Promise.allSettled(slow.map((pattern) => compare('a'.repeat(1000), 'MATCHES', pattern)));
    delay.disable();
    expect(checks.every(({ status }) => status === 'fulfilled' || status === 'rejected')).toBe(true);
    // Each takes half a second or more.
    expect(delay.max / 1e6).toBeLessThan(400);
  }, 30_000);

  it('rejects a pattern of more than 10,000 characters', async () => {
    await expect(compare('x', 'MATCHES', 'x'.repeat(10_001))).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'Value cannot be used as a regular expression: it has more than 10000 characters.',
    });
  });

  it('rejects a pattern that is nested too deeply for the engine', async () => {
    await expect(compare('x', 'MATCHES', `${'('.repeat(4000)}x${')'.repeat(4000)}`)).rejects.toMatchObject({
      type: 'ConfigurationError',
    });
  });

  it('rejects a match that would take seconds', async () => {
    await expect(compare('x'.repeat(100_000), 'MATCHES', '[ab]*a[ab]{999}')).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: 'Value cannot be used as a regular expression: it is too large for a value of 100000 characters.',
    });
  });
});
