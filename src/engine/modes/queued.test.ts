import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createWorld, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { twoStages } from '../../../test/support/pipelines/declarations.ts';
import { putActionRevision } from '../events/put-action-revision.ts';
import { longestDisabledMs } from '../events/transition.ts';
import { queued } from './queued.ts';

const declaration = twoStages({ executionMode: 'QUEUED', pipelineType: 'V2' });
let world: World;
beforeEach(() => {
  world = createWorld(declaration, { limits: { runningExecutions: 4, parallelActions: 1 } });
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = world.start();
  world.succeed(id, 'Fetch');
  return id;
}

const build = () => {
  const { holder, waiting, expired } = world.snapshot().occupancy[1] ?? {};
  return { holder, waiting, expired };
};

describe('waiting (behaviour C.2.3)', () => {
  test('executions enter each stage in order of arrival, and none is superseded', () => {
    const ids = [world.start(), world.start(), world.start()];
    expect(world.snapshot().occupancy[0]).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
    for (const id of ids) world.succeed(id, 'Fetch');
    expect(build()).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
    world.succeed(ids[0] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[1], waiting: ids.slice(2) });
    world.fail(ids[1] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[2], waiting: [] });
    world.succeed(ids[2] ?? '', 'Compile');
    expect(ids.map((id) => world.execution(id).status)).toEqual(['Succeeded', 'Failed', 'Succeeded']);
  });

  test('several executions can run: an earlier stage is free for the next one', () => {
    const ids = [fetched(), world.start()];
    expect(world.snapshot().occupancy).toMatchObject([{ holder: ids[1] }, { holder: ids[0] }]);
  });

  test('they also queue for a disabled transition, and the first enters once it is enabled', () => {
    world.close('Build');
    const ids = [fetched(), fetched(), fetched()];
    expect(build()).toMatchObject({ holder: undefined, waiting: ids });
    world.open('Build');
    expect(build()).toMatchObject({ holder: ids[0], waiting: ids.slice(1) });
  });

  test('one that is not the first does not enter a free stage', () => {
    world.close('Build');
    const ids = [fetched(), fetched()];
    const free = { stageName: 'Build', waiting: ids, expired: [], waitingParallel: [] };
    expect(queued.tryEnter(world.execution(ids[1] ?? ''), free)).toEqual([]);
    expect(queued.tryEnter(world.execution(ids[0] ?? ''), free)).toMatchObject([{ kind: 'stageEntered' }]);
  });

  test('a stopped one leaves the queue', () => {
    const ids = [fetched(), fetched(), fetched()];
    world.stop(ids[1] ?? '');
    world.succeed(ids[0] ?? '', 'Compile');
    expect(build()).toMatchObject({ holder: ids[2], waiting: [] });
  });

  test('a failed one cannot retry a stage that another has entered since (behaviour C.6)', () => {
    const ids = [fetched(), fetched()];
    world.fail(ids[0] ?? '', 'Compile');
    expect(refusalOf(world.retry(ids[0] ?? '', 'Build'))).toMatchObject({
      refuse: 'NotLatestPipelineExecutionException',
    });
  });

  test('once enabled after 30 days, later arrivals overtake the waiting ones (behaviour C.4)', () => {
    world.close('Build');
    const late = [fetched(), fetched()];
    world.clock.pass(longestDisabledMs + 1);
    world.open('Build');
    expect(build()).toEqual({ holder: undefined, waiting: [], expired: late });
    const later = [fetched(), fetched()];
    expect(build()).toEqual({ holder: later[0], waiting: later.slice(1), expired: late });
    world.succeed(later[0] ?? '', 'Compile');
    expect(build()).toEqual({ holder: later[1], waiting: [], expired: late });
    for (const id of late) world.stop(id);
    expect(late.map((id) => world.execution(id).status)).toEqual(['Stopped', 'Stopped']);
  });
});

describe('updates (behaviour C.2.4)', () => {
  test.each(['QUEUED', 'SUPERSEDED', 'PARALLEL'] as const)(
    'to %s: waiting executions end, active ones after their action',
    (mode) => {
      const active = fetched();
      const waiting = [fetched(), world.start(), world.start()];
      world.update({ ...declaration, executionMode: mode });
      const [beforeBuild, inSource, beforeSource] = waiting.map((id) => world.execution(id).status);
      expect([beforeBuild, inSource, beforeSource]).toEqual(['Cancelled', 'InProgress', 'Cancelled']);
      world.succeed(waiting[1] ?? '', 'Fetch');
      world.succeed(active, 'Compile');
      expect(world.executions().map(({ status }) => status)).toEqual(Array(4).fill('Cancelled'));
    },
  );
});

describe('the limit of running executions (behaviour B.6)', () => {
  const full = {
    refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
    message: "Pipeline 'Mill' has reached the limit of 4 concurrent executions in QUEUED mode.",
  };

  test('refuses one more from any trigger; a repeated token still returns its execution', () => {
    const first = world.start({ clientRequestToken: 'once' });
    for (let count = 1; count < 4; count += 1) world.start();
    expect(() => world.start()).toThrow(full.message);
    const revision = { actionName: 'Fetch', revisionId: 'abc' };
    const announced = world.advance({ revision }, (snapshot, moment) =>
      putActionRevision(snapshot, { revision, callerArn: 'arn' }, moment),
    );
    expect(refusalOf(announced)).toEqual(full);
    expect(world.start({ clientRequestToken: 'once' })).toBe(first);
    world.stop(world.executions().at(-1)?.id ?? '');
    world.start();
  });

  test('a failed execution can resume only within the limit', () => {
    world.close('Source');
    const ids = [world.start(), world.start(), world.start(), world.start()];
    world.open('Source');
    world.close('Source');
    world.fail(ids[0] ?? '', 'Fetch');
    const last = world.start();
    expect(refusalOf(world.retry(ids[0] ?? '', 'Source'))).toEqual(full);
    world.stop(last);
    expect(changesOf(world.retry(ids[0] ?? '', 'Source'))).toMatchObject([{ kind: 'stageRetried' }, {}, {}]);
  });

  test('a rollback over the limit is refused with an error that is declared for it (behaviour C.7)', () => {
    const target = fetched();
    world.succeed(target, 'Compile');
    for (let count = 0; count < 4; count += 1) world.start();
    expect(refusalOf(world.rollBack('Build', target))).toEqual({
      refuse: 'UnableToRollbackStageException',
      message: full.message,
    });
  });

  test('running executions of earlier versions count', () => {
    for (let count = 0; count < 4; count += 1) world.start();
    world.update(declaration);
    for (let count = 1; count < 4; count += 1) world.start();
    expect(() => world.start()).toThrow(full.message);
  });
});
