import { afterEach, beforeEach } from 'vitest';
import type { JobRecord, Store } from '../../src/store/store.ts';
import { createTestClock, type TestClock } from '../support/engine/test-clock.ts';
import { catalogue, scope } from '../support/pipelines/declarations.ts';
import { type Ground, type Moves, movesOn } from './moves.ts';

export { continuationDelayMs, leaseMs } from './moves.ts';

/** A store on fresh ground; `reopen` closes it and opens what it left, `close` ends whatever is open. */
interface OpenedStore {
  store: Store;
  reopen(): Promise<Store>;
  /** The store of one more node on the same ground; the same store where there can be only one. */
  another(): Promise<Store>;
  /** Locks a pipeline as an advance does; absent where transactions do not run beside each other. */
  hold?(pipelineId: string): Promise<HeldPipeline>;
  close(): Promise<void>;
}

/** A lock that others queue for: who comes to it first gets it first. */
export interface HeldPipeline {
  /** Resolves when so many transactions wait. */
  untilWaiting(transactions: number): Promise<void>;
  release(): Promise<void>;
}

/** Opens a store of some kind with this clock. */
export type OpenStore = (now: () => number) => Promise<OpenedStore>;

/** A fresh store before each test, with the types of `catalogue`, and the moves on it. */
export interface Bench extends Moves {
  readonly clock: TestClock;
  reopen(): Promise<void>;
  /** The moves of one more node. */
  another(): Promise<Moves>;
  /** Holds a pipeline where that is possible; elsewhere nothing waits. */
  hold(pipelineId: string): Promise<HeldPipeline>;
}

/** Opens a store before and closes it after each test of the surrounding block. */
export function useBench(open: OpenStore): Bench {
  let opened: OpenedStore;
  let store: Store;
  let ground: Ground;
  beforeEach(async () => {
    ground = { clock: createTestClock(), pipelines: 0 };
    opened = await open(() => ground.clock.at);
    store = opened.store;
    for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, ground.clock.at);
  });
  afterEach(() => opened.close());
  return {
    ...movesOn(
      () => store,
      () => ground,
    ),
    get store() {
      return store;
    },
    get clock() {
      return ground.clock;
    },
    async reopen() {
      store = await opened.reopen();
    },
    async another() {
      const other = await opened.another();
      return movesOn(
        () => other,
        () => ground,
      );
    },
    async hold(pipelineId) {
      return opened.hold ? opened.hold(pipelineId) : { untilWaiting: async () => {}, release: async () => {} };
    },
  };
}

/** The ids of some records, in their order. */
export function idsOf(records: JobRecord[]): string[] {
  return records.map(({ job }) => job.id);
}
