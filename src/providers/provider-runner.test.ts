import { expect, it } from 'vitest';
import { MemoryObjects, toolsWith } from '../../test/support/workers/memory-objects.ts';
import type { Job } from '../contract/generated.ts';
import { providers } from './index.ts';
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
  const actionTypeId = { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' } as const;
  const failing = run({ id: 'job-1', data: { actionTypeId } }, signal);
  await expect(failing).rejects.toMatchObject({ type: 'ConfigurationError', message: /CodeBuild/ });
});

it('registers each action type once', () => {
  const ids = providers.map(({ actionTypeId }) => Object.values(actionTypeId).join('/'));
  expect(new Set(ids).size).toBe(ids.length);
});
