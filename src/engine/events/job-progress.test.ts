import { beforeEach, expect, test } from 'vitest';
import { createHarness, type Harness, kindsOf, refusalOf } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import { newestNonce } from '../../model/job.ts';
import { jobProgress } from './job-progress.ts';

let harness: Harness;
let id: string;
beforeEach(() => {
  harness = createHarness(twoStages());
  id = harness.start();
  harness.succeed(id, 'Fetch');
  harness.deliver(id, harness.job(id, 'Compile').id);
});

function progress(externalExecutionId: string, fence = newestNonce(harness.job(id, 'Compile'))) {
  const { id: jobId } = harness.job(id, 'Compile');
  return harness.advance({ executionId: id, jobId }, (seen, moment) =>
    jobProgress(seen, { jobId, progress: { externalExecutionId }, fence }, moment),
  );
}

test('progress of a job stays with its action, also beside what the result reports', () => {
  expect(kindsOf(progress('site:1'))).toEqual(['actionProgressed']);
  expect(harness.action(id, 'Compile')).toMatchObject({
    status: 'InProgress',
    progress: { externalExecutionId: 'site:1' },
  });
  harness.succeed(id, 'Compile', { executionDetails: { summary: 'done' } });
  expect(harness.action(id, 'Compile').progress).toEqual({ externalExecutionId: 'site:1', summary: 'done' });
});

test('a provider that lost its lease is refused', () => {
  expect(refusalOf(progress('site:1', '2')).refuse).toBe('InvalidJobStateException');
});

test('progress after the end changes nothing', () => {
  harness.fail(id, 'Compile');
  expect(kindsOf(progress('site:1'))).toEqual([]);
});
