import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PollForJobsInput } from '../../../contract/generated.ts';
import { findJsonOperation } from '../../../http/front-doors/json-service.ts';
import type { CataloguedActionType } from '../../../model/action-type.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { createJobQueue } from '../../../queue/job-queue.ts';
import { cacheActionTypes } from '../../../store/action-types/action-type-cache.ts';
import { createNotifications } from '../../../store/notifications.ts';
import type { Store } from '../../../store/store.ts';
import type { Call } from '../../call.ts';
import type { Dependencies } from '../../dependencies.ts';
import { pollForJobs } from './poll-for-jobs.ts';
import { pollForThirdPartyJobs } from './poll-for-third-party-jobs.ts';

const maxAgeMs = 5000;
const actionTypeId = { category: 'Test', owner: 'Custom', provider: 'Mill', version: '1' } as const;
const partnerTypeId = { ...actionTypeId, owner: 'ThirdParty' } as const;
const declaration = { executor: { configuration: { jobWorkerExecutorConfiguration: {} } } };
const details = { minimumCount: 0, maximumCount: 0 };

/** A node without jobs whose store records calls. */
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
    notifications: createNotifications(),
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
  const remembered = cacheActionTypes(store, { now, maxAgeMs });
  const settings = { leaseMs: 30_000, maxPollBatchSize: 100 } as Dependencies['settings'];
  const jobQueue = createJobQueue(remembered, { now, maxAgeMs });
  const dependencies = { store: remembered, now, settings, jobQueue } as Dependencies;
  const call = { account: '1', region: 'r', waitMs: 0 } as Call;
  const poll = (members: Partial<PollForJobsInput> = {}) =>
    pollForJobs.prepare({ actionTypeId, ...members }, call, dependencies)(call);
  return { clock, asked, types, store: remembered, inner: store, call, dependencies, poll };
}

describe('an empty poll', () => {
  test('makes no query when another poll has just found nothing', async () => {
    const { poll, asked } = node();
    await poll();
    expect(asked).toEqual(['find type', 'claim', 'nextOffer']);
    for (let times = 0; times < 100; times += 1) expect(await poll()).toEqual({ jobs: [] });
    expect(asked).toHaveLength(3);
  });

  test('reads its type and the queue when that was too long ago', async () => {
    const { poll, asked, clock } = node();
    await poll();
    clock.at += maxAgeMs;
    await poll();
    expect(asked.slice(3)).toEqual(['find type', 'nextOffer']);
  });

  test('of a partner makes no query, either, until the partner has a new client', async () => {
    const { asked, call, dependencies, store } = node();
    const poll = () => pollForThirdPartyJobs.prepare({ actionTypeId: partnerTypeId }, call, dependencies)(call);
    for (let times = 0; times < 100; times += 1) expect(await poll()).toEqual({ jobs: [] });
    expect(asked).toEqual(['find registered', 'claim', 'nextOffer']);
    await store.thirdPartyClients.insert({ region: 'r', typeKey: 'Test/ThirdParty/Mill/1' } as never);
    await poll();
    expect(asked.slice(3)).toEqual(['insert client', 'claim', 'nextOffer']);
  });
});

describe('the action type of a poll', () => {
  test('is rejected as soon as it is deleted on this node, and found once it exists again', async () => {
    const { poll, store, types } = node();
    await poll();
    await store.actionTypes.delete({ account: '1', region: 'r' }, actionTypeId, 0);
    await expect(poll()).rejects.toThrow('is not available');
    types.add('Custom');
    expect(await poll()).toEqual({ jobs: [] });
  });

  test('deleted by another node is rejected on its wake-up, or once the cache entry is too old', async () => {
    const { poll, types, inner, clock } = node();
    await poll();
    types.delete('Custom');
    await poll();
    inner.notifications.wake(['catalogue']);
    await expect(poll()).rejects.toThrow('is not available');
    types.add('Custom');
    await poll();
    types.delete('Custom');
    clock.at += maxAgeMs;
    await expect(poll()).rejects.toThrow('is not available');
  });

  test('deleted during the read is not cached', async () => {
    const { poll, store, types } = node();
    const reading = poll();
    types.add('Custom');
    await Promise.all([reading, store.actionTypes.delete({ account: '1', region: 'r' }, actionTypeId, 0)]);
    await expect(poll()).rejects.toThrow('is not available');
  });
});

describe('polls of the same bytes', () => {
  const scope = { account: '1', region: 'r' };
  const otherAccount = { account: '2', region: 'r' };
  const otherRegion = { account: '1', region: 's' };

  /** A node on which `propertyOf` returns the queryable property of a scope's type; records the queues claimed from. */
  function setUp(propertyOf: (scope: Scope) => string | undefined) {
    const { dependencies, store, inner } = node();
    const claimed: string[] = [];
    const types = new Map<string | undefined, CataloguedActionType>();
    inner.actionTypes.find = async (asked) => {
      const property = propertyOf(asked);
      // Equal types share one object, so scopes can't be distinguished by it.
      const type = types.get(property) ?? typeWith(property);
      types.set(property, type);
      return type;
    };
    inner.jobs.claim = async (wanted) => {
      claimed.push(wanted.name);
      return [];
    };
    const service = { parts: dependencies, found: new Map() };
    const operation = findJsonOperation('CodePipeline_20150709.PollForJobs', service);
    const poll = async ({ account, region }: Scope, value = 'x') => {
      const bytes = Buffer.from(JSON.stringify({ actionTypeId, queryParam: { Project: value } }));
      const body = { bytes, hash: hash('sha256', bytes) };
      const caller = { kind: 'root', accessKeyId: 'k', arn: 'a', userId: 'u', account } as const;
      const run = await operation?.admit(body, caller, { account, region, waitMs: 0 } as Call, {});
      return run?.();
    };
    return { notifications: store.notifications, claimed, poll };
  }

  function typeWith(name: string | undefined): CataloguedActionType {
    const property = { name: String(name), required: true, key: true, secret: false, queryable: true };
    return {
      timeoutMs: 1,
      definition: {
        id: actionTypeId,
        inputArtifactDetails: details,
        outputArtifactDetails: details,
        actionConfigurationProperties: name === undefined ? [] : [property],
      },
    };
  }

  test('claim from the queue of their account, region and query value', async () => {
    const { claimed, poll } = setUp(() => 'Project');
    // Each differs in only one respect from its predecessor.
    for (const each of [scope, otherRegion, scope, otherAccount]) expect(await poll(each)).toEqual({ jobs: [] });
    expect(await poll(scope, 'y')).toEqual({ jobs: [] });
    const key = 'Test/Custom/Mill/1';
    expect(claimed).toEqual([`1/r/${key}#x`, `1/s/${key}#x`, `2/r/${key}#x`, `1/r/${key}#y`]);
  });

  test('are checked against the type of their account and region', async () => {
    const { poll } = setUp(({ account, region }) => (account === '2' ? 'Tag' : region === 's' ? 'Branch' : 'Project'));
    await poll(scope);
    await expect(poll(otherAccount)).rejects.toThrow("the queryable configuration property 'Tag'");
    await expect(poll(otherRegion)).rejects.toThrow("the queryable configuration property 'Branch'");
    expect(await poll(scope)).toEqual({ jobs: [] });
  });

  test('are checked again after their type was recreated with another queryable property', async () => {
    let property: string | undefined = 'Project';
    const { poll, notifications, claimed } = setUp(() => property);
    await poll(scope);
    property = 'Branch';
    notifications.wake(['catalogue']);
    await expect(poll(scope)).rejects.toThrow("the queryable configuration property 'Branch'");
    property = undefined;
    notifications.wake(['catalogue']);
    await expect(poll(scope)).rejects.toThrow('has no queryable configuration property');
    property = 'Project';
    notifications.wakeAll();
    await poll(scope);
    expect(claimed).toEqual(['1/r/Test/Custom/Mill/1#x', '1/r/Test/Custom/Mill/1#x']);
  });
});
