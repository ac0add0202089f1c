import { expect, test, vi } from 'vitest';
import { keepLease } from './build-lease.ts';
import { ApiRefusal, type RunnerApi } from './runner-api.ts';

const claim = { buildArn: 'arn', fence: 1, leaseSeconds: 1 };

function apiOf(renew: RunnerApi['renew']): RunnerApi {
  const refuse = async () => {
    throw new Error('not called');
  };
  return { claim: refuse, renew, putProgress: refuse, putLog: refuse, finish: refuse, release: refuse };
}

test('a build that is to stop goes on being held, so that its end can be reported', async () => {
  const renew = vi.fn(async () => ({ stopRequested: true }));
  const lease = keepLease(claim, { api: apiOf(renew) });
  await vi.waitFor(() => expect(lease.endedBy()).toBe('stopped'));
  expect(lease.signal.aborted).toBe(true);
  await vi.waitFor(() => expect(renew.mock.calls.length).toBeGreaterThan(1));
  await lease.close();
});

test('a refused renewal ends the build', async () => {
  const lease = keepLease(claim, {
    api: apiOf(async () => {
      throw new ApiRefusal('BuildLeaseLostException', 'over');
    }),
  });
  await vi.waitFor(() => expect(lease.endedBy()).toBe('lost'));
  expect(lease.signal.aborted).toBe(true);
  await lease.close();
});

test('a server that does not answer ends it only when another runner may have it', async () => {
  let at = 0;
  const renew = vi.fn(async () => {
    throw new Error('ECONNREFUSED');
  });
  const lease = keepLease(claim, { api: apiOf(renew), elapsed: () => at });
  await vi.waitFor(() => expect(renew).toHaveBeenCalled());
  expect(lease.signal.aborted).toBe(false);
  at = 1001;
  await vi.waitFor(() => expect(lease.endedBy()).toBe('lost'));
  await lease.close();
});
