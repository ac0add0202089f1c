import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildOrder } from '../../../test/support/builds/build-order.ts';
import { scope } from '../../../test/support/pipelines/declarations.ts';
import { openEmbeddedStore } from '../../store/open.ts';
import type { Dependencies } from '../dependencies.ts';
import { claimBuilds } from './claim-builds.ts';
import { renewBuild } from './claimed-builds.ts';
import type { OwnCall } from './operation.ts';

/** A store and the operations on it; `wait` holds calls for at most 20 s. */
async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-claims-'));
  const store = await openEmbeddedStore(folder, Date.now);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const credentials = { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' };
  const dependencies = {
    store,
    now: Date.now,
    settings: { leaseMs: 30_000 },
    serviceSessions: { begin: () => ({ credentials, expiresAt: 0 }), callerOf: () => ({ kind: 'root' }) },
    workerCredentials: async () => credentials,
  } as unknown as Dependencies;
  const end = new AbortController();
  const call = { ...scope, signal: end.signal } as unknown as OwnCall;
  return {
    store,
    end,
    create: (uuid: string) => store.builds.create(scope, uuid, buildOrder(), Date.now()),
    claim: (input: object = { waitSeconds: 20 }) => claimBuilds.run({ runner: 'r', ...input }, call, dependencies),
    renew: (input: { buildArn: string; fence: number }) =>
      renewBuild.run({ ...input, waitSeconds: 20 }, call, dependencies),
  };
}

test('a held claim gets the build that is created meanwhile, at once', async () => {
  const { claim, create } = await setUp();
  const startedAt = Date.now();
  const claimed = claim();
  await create('1');
  expect((await claimed).builds).toMatchObject([{ attempt: 1 }]);
  expect(Date.now() - startedAt).toBeLessThan(4000);
});

test('a held claim ends when its runner has gone, and leaves builds alone', async () => {
  const { claim, create, end, store } = await setUp();
  const claimed = claim();
  end.abort();
  expect(await claimed).toEqual({ builds: [] });
  await create('1');
  expect(await claim()).toEqual({ builds: [] });
  expect(await store.builds.find(scope, 'mill:1')).toMatchObject({ attempts: 0 });
});

test('a runner that goes while its claim is being written does not keep the build', async () => {
  const { claim, create, end, store } = await setUp();
  await create('1');
  const { claim: write } = store.builds;
  vi.spyOn(store.builds, 'claim').mockImplementation(async (request) => {
    const claimed = await write(request);
    end.abort();
    return claimed;
  });
  expect(await claim()).toEqual({ builds: [] });
  expect(await store.builds.nextOffer(scope.account)).toBeLessThanOrEqual(Date.now());
});

test('a claim that finds nothing writes nothing', async () => {
  const { claim, store } = await setUp();
  const write = vi.spyOn(store.builds, 'claim');
  expect(await claim({})).toEqual({ builds: [] });
  expect(write).not.toHaveBeenCalled();
});

test('a held renewal returns when the build is asked to stop', async () => {
  const { claim, create, renew, store } = await setUp();
  await create('1');
  const [build] = (await claim()).builds;
  const startedAt = Date.now();
  const renewed = renew({ buildArn: build?.buildArn ?? '', fence: build?.fence ?? 0 });
  await store.builds.requestStop(scope, 'mill:1', Date.now());
  expect(await renewed).toEqual({ stopRequested: true });
  expect(Date.now() - startedAt).toBeLessThan(4000);
});
