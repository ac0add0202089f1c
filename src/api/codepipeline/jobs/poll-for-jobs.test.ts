import { describe, expect, test } from 'vitest';
import type { PollForJobsInput } from '../../../contract/generated.ts';
import type { CataloguedActionType } from '../../../model/action-type.ts';
import { pollParts } from '../../../queue/poll-parts.ts';
import { rememberCatalogue } from '../../../store/action-types/remembered-catalogue.ts';
import type { Store } from '../../../store/store.ts';
import { createWakes } from '../../../store/wakes.ts';
import type { Call, Parts } from '../operation.ts';
import { pollForThirdPartyJobs } from '../third-party-jobs/poll-for-third-party-jobs.ts';
import { pollForJobs } from './poll-for-jobs.ts';

const maxAgeMs = 5000;
const actionTypeId = { category: 'Test', owner: 'Custom', provider: 'Mill', version: '1' } as const;
const partnerTypeId = { ...actionTypeId, owner: 'ThirdParty' } as const;
const declaration = { executor: { configuration: { jobWorkerExecutorConfiguration: {} } } };
const details = { minimumCount: 0, maximumCount: 0 };

/** A node whose store tells which of its functions were called, without any job. */
function node() {
  const clock = { at: 1_000_000 };
  const asked: string[] = [];
  const types = new Set(['Custom', 'ThirdParty']);
  const definition = { id: actionTypeId, inputArtifactDetails: details, outputArtifactDetails: details };
  const type: CataloguedActionType = { definition, timeoutMs: 1 };
  const answering =
    <Answer>(name: string, answer: () => Answer) =>
    async () => {
      asked.push(name);
      return answer();
    };
  const store = {
    wakes: createWakes(),
    jobs: { claim: answering('claim', () => []), nextOffer: answering('nextOffer', () => undefined) },
    actionTypes: {
      find: answering('find type', () => (types.has('Custom') ? type : undefined)),
      delete: answering('delete type', () => types.delete('Custom')),
    },
    registeredTypes: {
      find: answering('find registered', () => ({ account: '1', region: 'r', declaration })),
    },
    thirdPartyClients: { insert: answering('insert client', () => undefined), list: answering('list', () => []) },
  } as unknown as Store;
  const now = () => clock.at;
  const remembered = rememberCatalogue(store, { now, maxAgeMs });
  const settings = { leaseMs: 30_000, maxPollBatchSize: 100 } as Parts['settings'];
  const parts = { store: remembered, now, settings, ...pollParts(remembered, { now, maxAgeMs }) } as Parts;
  const call = { account: '1', region: 'r', waitMs: 0 } as Call;
  const poll = (members: Partial<PollForJobsInput> = {}) => pollForJobs({ actionTypeId, ...members }, call, parts);
  return { clock, asked, types, store: remembered, inner: store, call, parts, poll };
}

describe('a poll that finds nothing', () => {
  test('asks the database for nothing when another one has just found nothing', async () => {
    const { poll, asked } = node();
    await poll();
    expect(asked).toEqual(['find type', 'claim', 'nextOffer']);
    for (let times = 0; times < 100; times += 1) expect(await poll()).toEqual({ jobs: [] });
    expect(asked).toHaveLength(3);
  });

  test('asks for its type and the queue by two reads when it is too long ago', async () => {
    const { poll, asked, clock } = node();
    await poll();
    clock.at += maxAgeMs;
    await poll();
    expect(asked.slice(3)).toEqual(['find type', 'nextOffer']);
  });

  test('of a partner asks for nothing either, until the partner has a new client', async () => {
    const { asked, call, parts, store } = node();
    const poll = () => pollForThirdPartyJobs({ actionTypeId: partnerTypeId }, call, parts);
    for (let times = 0; times < 100; times += 1) expect(await poll()).toEqual({ jobs: [] });
    expect(asked).toEqual(['find registered', 'claim', 'nextOffer']);
    await store.thirdPartyClients.insert({ region: 'r', typeKey: 'Test/ThirdParty/Mill/1' } as never);
    await poll();
    expect(asked.slice(3)).toEqual(['insert client', 'claim', 'nextOffer']);
  });
});

describe('the action type of a poll', () => {
  test('that is deleted here is refused at once, and found as soon as it is there again', async () => {
    const { poll, store, types } = node();
    await poll();
    await store.actionTypes.delete({ account: '1', region: 'r' }, actionTypeId, 0);
    await expect(poll()).rejects.toThrow('is not available');
    types.add('Custom');
    expect(await poll()).toEqual({ jobs: [] });
  });

  test('that is deleted by another node is refused when its wake comes, or else when what is known is too old', async () => {
    const { poll, types, inner, clock } = node();
    await poll();
    types.delete('Custom');
    await poll();
    inner.wakes.wake(['catalogue']);
    await expect(poll()).rejects.toThrow('is not available');
    types.add('Custom');
    await poll();
    types.delete('Custom');
    clock.at += maxAgeMs;
    await expect(poll()).rejects.toThrow('is not available');
  });

  test('that is deleted while it is read is not remembered', async () => {
    const { poll, store, types } = node();
    const reading = poll();
    types.add('Custom');
    await Promise.all([reading, store.actionTypes.delete({ account: '1', region: 'r' }, actionTypeId, 0)]);
    await expect(poll()).rejects.toThrow('is not available');
  });
});
