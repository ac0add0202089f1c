import { expect, it } from 'vitest';
import { MemoryObjects, toolsWith } from '../../test/support/workers/memory-objects.ts';
import type { Job } from '../contract/generated.ts';
import { DatabaseUnavailableError } from '../store/database.ts';
import { providers } from './index.ts';
import { objectFailure } from './object-failure.ts';
import type { Provider } from './provider.ts';
import { createProviderRunner } from './provider-runner.ts';

const toolsFor = (_job: Job, signal: AbortSignal) => toolsWith(new MemoryObjects({}), signal);
const run = createProviderRunner({ providers, toolsFor });
const signal = new AbortController().signal;

it('passes a job to the provider of its action type', async () => {
  const actionTypeId = { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' } as const;
  const failing = run({ id: 'job-1', data: { actionTypeId } }, signal);
  await expect(failing).rejects.toMatchObject({ message: /BucketName/ });
});

it('fails a job that no provider can perform', async () => {
  const actionTypeId = { category: 'Test', owner: 'AWS', provider: 'DeviceFarm', version: '1' } as const;
  const failing = run({ id: 'job-1', data: { actionTypeId } }, signal);
  await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /DeviceFarm/ });
});

it('registers each action type once', () => {
  const ids = providers.map(({ actionTypeId }) => Object.values(actionTypeId).join('/'));
  expect(new Set(ids).size).toBe(ids.length);
});

/** Fails like a provider whose artifact's row can't be written, as often as given. */
function createUnavailable(failures: number) {
  const pauses: number[] = [];
  let runs = 0;
  const provider: Provider = {
    actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' },
    async run() {
      runs += 1;
      if (runs <= failures)
        throw objectFailure('write', 'the output artifact', new DatabaseUnavailableError(undefined));
      return { status: 'Succeeded' };
    },
  };
  const sleep = async (ms: number) => void pauses.push(ms);
  const runner = createProviderRunner({ providers: [provider], toolsFor, sleep });
  const job = { id: 'job-1', data: { actionTypeId: provider.actionTypeId as Required<Job>['data']['actionTypeId'] } };
  return { perform: (abort = signal) => runner(job, abort), pauses };
}

it('performs a job again while the database does not answer', async () => {
  const { perform, pauses } = createUnavailable(3);
  expect(await perform()).toEqual({ status: 'Succeeded' });
  expect(pauses).toEqual([1000, 2000, 4000]);
});

it('fails a job whose database does not answer for long, or that is aborted meanwhile', async () => {
  const { perform, pauses } = createUnavailable(9);
  await expect(perform()).rejects.toMatchObject({ type: 'SystemUnavailable' });
  expect(pauses).toHaveLength(5);
  const aborted = createUnavailable(9);
  await expect(aborted.perform(AbortSignal.abort())).rejects.toMatchObject({ type: 'SystemUnavailable' });
  expect(aborted.pauses).toEqual([]);
});
