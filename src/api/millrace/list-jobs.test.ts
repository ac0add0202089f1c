import { expect, test } from 'vitest';
import { createMasterKeys } from '../../identity/secrets/master-key.ts';
import { createSealer } from '../../identity/secrets/sealer.ts';
import type { ListedJob } from '../../store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import { listJobs } from './list-jobs.ts';
import type { OwnCall } from './operation.ts';

const call = { account: '1', region: 'r' } as OwnCall;

function jobsFrom(first: number, count: number): ListedJob[] {
  const job = { status: 'Queued', queue: '1/r/Build/Custom/Mill/1', queryValue: '', createdAt: 0 };
  return Array.from({ length: count }, (_, index) => ({ ...job, sequence: first + index }) as ListedJob);
}

function setUp() {
  const asked: number[] = [];
  const list = async (_scope: unknown, { after }: { after: number }) => {
    asked.push(after);
    return { jobs: jobsFrom(after + 1, 3), looked: 3, lookedTo: after + 3 };
  };
  const sealer = createSealer(createMasterKeys());
  return { asked, dependencies: { store: { jobHistory: { list } }, sealer, now: () => 0 } as unknown as Dependencies };
}

test('a page token continues the listing with the same filters only', async () => {
  const { asked, dependencies } = setUp();
  const filter = { pipelineName: undefined, maxResults: 2 };
  const { nextToken } = await listJobs.run(filter, call, dependencies);
  await listJobs.run({ ...filter, nextToken }, call, dependencies);
  expect(asked).toEqual([0, 2]);
  for (const bad of ['2', 'made up']) {
    await expect(listJobs.run({ ...filter, nextToken: bad }, call, dependencies)).rejects.toMatchObject({
      code: 'ValidationException',
    });
  }
  await expect(listJobs.run({ actionName: 'Other', nextToken }, call, dependencies)).rejects.toMatchObject({
    code: 'ValidationException',
  });
  await expect(listJobs.run({ ...filter, nextToken }, { ...call, region: 's' }, dependencies)).rejects.toMatchObject({
    code: 'ValidationException',
  });
});
