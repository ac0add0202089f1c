import { afterEach, beforeEach } from 'vitest';
import type { JobRecord, Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../support/engine/test-clock.ts';
import { catalogue, scope } from '../support/pipelines/declarations.ts';
import { type Fixture, type Steps, stepsOn } from './steps.ts';

export { continuationDelayMs, leaseMs } from './steps.ts';

/** A new store; `reopen` closes it and opens it again, `close` closes everything that is open. */
interface OpenedStore {
  store: Store;
  reopen(): Promise<Store>;
  /** Returns the store of another node; the same store if there can be only one. */
  another(): Promise<Store>;
  /** Locks a pipeline like `advance`; absent if transactions don't run concurrently. */
  hold?(pipelineId: string): Promise<HeldPipeline>;
  close(): Promise<void>;
}

/** A lock that transactions queue for, in the order in which they arrive. */
export interface HeldPipeline {
  /** Resolves when this many transactions wait. */
  untilWaiting(transactions: number): Promise<void>;
  release(): Promise<void>;
}

/** Opens a store with this clock. */
export type OpenStore = (now: () => number) => Promise<OpenedStore>;

/** A new store before each test, with the types of `catalogue`, and the steps on it. */
export interface Bench extends Steps {
  readonly clock: TestClock;
  reopen(): Promise<void>;
  /** Returns the steps of another node. */
  another(): Promise<Steps>;
  /** Locks a pipeline if that is possible; otherwise nothing waits. */
  hold(pipelineId: string): Promise<HeldPipeline>;
}

/** Opens a store before each test of the surrounding block, and closes it afterwards. */
export function useBench(open: OpenStore): Bench {
  let opened: OpenedStore;
  let store: Store;
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = { clock: createTestClock(), pipelines: 0 };
    opened = await open(() => fixture.clock.at);
    store = opened.store;
    for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, fixture.clock.at);
  });
  afterEach(() => opened.close());
  return {
    ...stepsOn(
      () => store,
      () => fixture,
    ),
    get store() {
      return store;
    },
    get clock() {
      return fixture.clock;
    },
    async reopen() {
      store = await opened.reopen();
    },
    async another() {
      const other = await opened.another();
      return stepsOn(
        () => other,
        () => fixture,
      );
    },
    async hold(pipelineId) {
      return opened.hold ? opened.hold(pipelineId) : { untilWaiting: async () => {}, release: async () => {} };
    },
  };
}

/** Returns the ids of job records, in order. */
export function idsOf(records: JobRecord[]): string[] {
  return records.map(({ job }) => job.id);
}
