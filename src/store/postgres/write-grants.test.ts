import { expect, onTestFinished, test } from 'vitest';
import { stepsOn } from '../../../test/conformance/steps.ts';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { openHolder } from '../../../test/support/databases/row-locks.ts';
import { createTestClock } from '../../../test/support/engine/test-clock.ts';
import { catalogue, scope } from '../../../test/support/pipelines/declarations.ts';
import { openPostgresStore } from '../open.ts';

test('a result waits for a started write of its job, so none commits after the job has ended', async () => {
  const database = await createDatabase();
  const fixture = { clock: createTestClock(), pipelines: 0 };
  const store = await openPostgresStore({ url: database.url, poolSize: 4 }, () => fixture.clock.at);
  const holder = await openHolder(database.url);
  onTestFinished(async () => {
    await Promise.all([store.close(), holder.close()]);
    await database.drop();
  });
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, fixture.clock.at);
  const steps = stepsOn(
    () => store,
    () => fixture,
  );
  await steps.create();
  const { job } = await steps.claimOne();
  const at = { account: scope.account, bucket: 'box' };
  await store.objects.createBucket({ account: at.account, name: at.bucket, region: 'r', settings: {}, createdAt: 1 });
  const object = { key: 'k', fileId: 'f', size: 1, etag: 'e', attributes: { metadata: {} }, modifiedAt: 1 };

  const bucket = await holder.holdBucket(at.bucket);
  // The job is locked by now: the write waits for the bucket, and the result for the write.
  const written = store.objects.putObject(at, { ...object, newVersionId: 'v' }, { grant: job.id });
  await bucket.untilWaiting(1);
  const ended = steps.succeed(job.id);
  await bucket.untilWaiting(2);
  expect(await store.jobs.isOpen(job.id)).toBe(true);
  await bucket.release();
  expect(await written).not.toHaveProperty('refused');
  await ended;
  expect(await store.objects.putObject(at, { ...object, newVersionId: 'w' }, { grant: job.id })).toEqual({
    refused: 'grantEnded',
  });
});
