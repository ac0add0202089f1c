import { describe, expect, it, test } from 'vitest';
import { MemoryObjects, toolsWith } from '../../../test/support/workers/memory-objects.ts';
import type { Job } from '../../contract/generated.ts';
import { providers } from '../index.ts';
import { createProviderRunner } from '../provider-runner.ts';

/** Performs a job as the server does: through the runner, by the type of the job, at a UTC instant. */
function lookAt(instant: string, configuration: Record<string, string>) {
  const run = createProviderRunner({
    providers,
    toolsFor: (_job, signal) => ({ ...toolsWith(new MemoryObjects({}), signal), now: () => Date.parse(instant) }),
  });
  const actionTypeId = { category: 'Rule', owner: 'AWS', provider: 'DeploymentWindow', version: '1' };
  const job = { id: 'job-1', data: { actionTypeId, actionConfiguration: { configuration } } };
  return run(job as Job, new AbortController().signal);
}

const officeHours = '* * 9-17 ? * MON-FRI *';

it('succeeds within the window and reports it', async () => {
  expect(await lookAt('2026-02-03T17:59:59.999Z', { Cron: officeHours })).toEqual({
    status: 'Succeeded',
    executionDetails: {
      summary: `The deployment window "${officeHours}" is open at 2026-02-03 17:59 (UTC).`,
      percentComplete: 100,
    },
  });
});

it('fails outside the window and reports it', async () => {
  await expect(lookAt('2026-02-03T18:00:00Z', { Cron: officeHours })).rejects.toMatchObject({
    type: 'JobFailed',
    message: `The deployment window "${officeHours}" is closed at 2026-02-03 18:00 (UTC).`,
  });
});

describe('the time zone (behaviour C.8)', () => {
  test.each([
    ['Europe/Berlin', '2026-02-03T08:00:00Z', '2026-02-03T07:59:00Z'],
    ['Europe/Berlin', '2026-07-01T07:00:00Z', '2026-07-01T16:00:00Z'],
    ['America/New_York', '2026-02-03T22:59:00Z', '2026-02-03T13:59:00Z'],
    ['UTC+05:30', '2026-02-03T03:30:00Z', '2026-02-03T03:29:00Z'],
    ['UTC-08:00', '2026-02-04T01:59:00Z', '2026-02-04T02:00:00Z'],
    ['UTC+9', '2026-02-03T00:00:00Z', '2026-02-02T23:59:00Z'],
    ['GMT-0330', '2026-02-03T12:30:00Z', '2026-02-03T12:29:00Z'],
    ['PST', '2026-02-04T01:59:00Z', '2026-02-03T16:59:00Z'],
    ['IST', '2026-02-03T03:30:00Z', '2026-02-03T03:29:00Z'],
    ['GMT', '2026-02-03T09:00:00Z', '2026-02-03T08:59:00Z'],
  ])('%s: open at %s, closed at %s', async (TimeZone, open, closed) => {
    expect(await lookAt(open, { Cron: officeHours, TimeZone })).toMatchObject({ status: 'Succeeded' });
    await expect(lookAt(closed, { Cron: officeHours, TimeZone })).rejects.toMatchObject({ type: 'JobFailed' });
  });

  test.each(['Mars/Olympus', 'UTC+19:00', 'UTC+05:60', '+5:3', 'XYZ'])('%s does not exist', async (TimeZone) => {
    await expect(lookAt('2026-02-03T09:00:00Z', { Cron: officeHours, TimeZone })).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: `There is no time zone "${TimeZone}".`,
    });
  });
});

it('explains why the expression is invalid', async () => {
  await expect(lookAt('2026-02-03T09:00:00Z', { Cron: '0 0 25 * * ?' })).rejects.toMatchObject({
    type: 'ConfigurationError',
    message: '"25" means nothing in the field for hours (0-23).',
  });
  await expect(lookAt('2026-02-03T09:00:00Z', {})).rejects.toMatchObject({
    type: 'ConfigurationError',
    message: 'The configuration has no value for Cron.',
  });
});
