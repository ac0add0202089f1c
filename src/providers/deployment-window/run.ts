import type { Job } from '../../contract/generated.ts';
import { readCron } from '../../cron/cron.ts';
import { CronError } from '../../cron/cron-field.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { JobOutcome } from '../../worker/loop/job-source.ts';
import { configurationOf, requiredValue } from '../job-reading.ts';
import type { Provider, ProviderTools } from '../provider.ts';
import { wallClock } from './time-zone.ts';

/** This provider; the catalogue says what its configuration holds (behaviour C.8). */
export const deploymentWindow: Provider = {
  actionTypeId: { category: 'Rule', owner: 'AWS', provider: 'DeploymentWindow', version: '1' },
  run: runDeploymentWindow,
};

/** Succeeds if the current minute is in the window of `Cron` and `TimeZone` (behaviour C.8). */
async function runDeploymentWindow(job: Job, tools: Pick<ProviderTools, 'now'>): Promise<JobOutcome> {
  const cron = requiredValue(job, 'Cron');
  const timeZone = configurationOf(job).TimeZone || 'UTC';
  const minute = wallClock(tools.now(), timeZone);
  if (!minute) throw new JobFailure('ConfigurationError', `There is no time zone "${timeZone}".`);
  const isOpen = testOf(cron)(minute);
  const clock = minute.toISOString().slice(0, 16).replace('T', ' ');
  const summary = `The deployment window "${cron}" is ${isOpen ? 'open' : 'closed'} at ${clock} (${timeZone}).`;
  if (!isOpen) throw new JobFailure('JobFailed', summary);
  return { status: 'Succeeded', executionDetails: { summary, percentComplete: 100 } };
}

function testOf(cron: string): (minute: Date) => boolean {
  try {
    return readCron(cron);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    throw new JobFailure('ConfigurationError', error.message, error);
  }
}
