import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createWorld, refusalOf, type World } from '../../../test/support/engine/harness.ts';
import { action, approval, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import { longestDisabledMs } from '../events/transition.ts';

const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const members = { executionMode: 'PARALLEL', pipelineType: 'V2' } as const;
const declaration = declare(
  [
    stage('Source', source()),
    stage('Build', ...names.map((name) => action(name)), action('Last', { runOrder: 2 })),
    stage('Deploy', action('Ship')),
  ],
  members,
);
let world: World;
beforeEach(() => {
  world = createWorld(declaration);
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = world.start();
  world.succeed(id, 'Fetch');
  return id;
}

function built(): string {
  const id = fetched();
  for (const name of [...names, 'Last']) world.succeed(id, name);
  return id;
}

const startedIn = (id: string) => world.execution(id).actions.map(({ actionName }) => actionName);

describe('independence (behaviour C.2.3)', () => {
  test('any number can be in a stage; none waits, is superseded or locks the stage', () => {
    const ids = [world.start(), world.start(), world.start()];
    for (const id of ids) world.succeed(id, 'Fetch');
    expect(ids.map((id) => world.execution(id))).toMatchObject(
      Array(3).fill({
        status: 'InProgress',
        waitingStage: undefined,
        stages: [{ status: 'Succeeded' }, { status: 'InProgress', isLocking: false }],
      }),
    );
    const empty = { holder: undefined, waiting: [], expired: [], waitingParallel: [] };
    expect(world.snapshot().occupancy).toMatchObject([empty, empty, empty]);
  });

  test('one that leaves a stage advances no other', () => {
    fetched();
    const id = world.start();
    expect(world.succeed(id, 'Fetch')).toMatchObject({ then: [] });
  });

  test('a failure and a stop affect only their own execution', () => {
    const [failed, stopped, other] = [world.start(), world.start(), world.start()];
    world.fail(failed, 'Fetch');
    world.stop(stopped, { abandon: true });
    const statuses = [failed, stopped, other].map((id) => world.execution(id).status);
    expect(statuses).toEqual(['Failed', 'Stopped', 'InProgress']);
    expect(world.execution(stopped).stages).toMatchObject([{ status: 'Stopped' }]);
  });

  test('stop and wait shows its stage as stopping until the actions have ended', () => {
    const id = world.start();
    world.stop(id);
    expect(world.execution(id)).toMatchObject({ status: 'Stopping', stages: [{ status: 'Stopping' }] });
    world.fail(id, 'Fetch');
    expect(world.execution(id)).toMatchObject({ status: 'Stopped', stages: [{ status: 'Stopped' }] });
  });
});

describe('five concurrent actions (behaviour B.6)', () => {
  test('the rest of a larger run order start as others end, in declaration order', () => {
    const id = fetched();
    expect(defaultQuotas.parallelActions).toBe(5);
    expect(startedIn(id)).toEqual(['Fetch', 'A', 'B', 'C', 'D', 'E']);
    world.succeed(id, 'C');
    expect(startedIn(id).slice(6)).toEqual(['F']);
    world.succeed(id, 'A');
    expect(startedIn(id).slice(6)).toEqual(['F', 'G']);
    for (const name of ['B', 'D', 'E', 'F']) world.succeed(id, name);
    expect(startedIn(id)).not.toContain('Last');
    world.succeed(id, 'G');
    expect(startedIn(id).at(-1)).toBe('Last');
  });

  test('after the limit was lowered nothing starts until fewer are running', () => {
    const limits = { ...defaultQuotas };
    world = createWorld(declaration, { limits });
    const id = fetched();
    limits.parallelActions = 3;
    for (const name of ['A', 'B']) world.succeed(id, name);
    expect(startedIn(id)).not.toContain('F');
    world.succeed(id, 'C');
    expect(startedIn(id).slice(6)).toEqual(['F']);
  });

  test('each execution has its own five', () => {
    const ids = [fetched(), fetched()];
    expect(ids.map((id) => startedIn(id).length)).toEqual([6, 6]);
  });

  test('after a failure no more of the run order start, and a retry starts all of them (behaviour C.2.1)', () => {
    const id = fetched();
    world.fail(id, 'A');
    for (const name of ['B', 'C', 'D', 'E']) world.succeed(id, name);
    expect(world.execution(id).status).toBe('Failed');
    expect(startedIn(id)).not.toContain('F');
    world.retry(id, 'Build');
    expect(startedIn(id).slice(6)).toEqual(['A', 'F', 'G']);
  });

  test('other modes start a whole run order', () => {
    world = createWorld({ ...declaration, executionMode: 'QUEUED' });
    expect(startedIn(fetched())).toHaveLength(8);
  });
});

describe('a disabled transition (behaviour C.4)', () => {
  test('holds all of them, and all enter once it is enabled', () => {
    world.close('Build');
    const ids = [fetched(), fetched(), fetched()];
    expect(world.snapshot().occupancy[1]).toMatchObject({ waiting: [], waitingParallel: ids });
    expect(changesOf(world.open('Build'))).toMatchObject([{ kind: 'transitionEnabled' }]);
    expect(ids.map((id) => startedIn(id).length)).toEqual([6, 6, 6]);
  });

  test('enabled after 30 days, it lets in only later arrivals', () => {
    world.close('Build');
    const late = [fetched(), fetched()];
    world.clock.pass(longestDisabledMs + 1);
    world.open('Build');
    const later = fetched();
    expect([...late, later].map((id) => startedIn(id).length)).toEqual([1, 1, 6]);
    expect(world.snapshot().occupancy[1]).toMatchObject({ waiting: [], expired: [], waitingParallel: [] });
    world.stop(late[0] ?? '');
    expect(world.execution(late[0] ?? '').status).toBe('Stopped');
  });
});

describe('updates (behaviour C.2.4)', () => {
  test.each(['PARALLEL', 'QUEUED', 'SUPERSEDED'] as const)(
    'to %s: running executions continue with their own definition',
    (mode) => {
      world.close('Build');
      const [waiting, inSource] = [fetched(), world.start()];
      const next = declare([stage('Source', source()), stage('Build', action('Only'))], {
        ...members,
        executionMode: mode,
      });
      world.update(next);
      world.open('Build');
      world.succeed(inSource, 'Fetch');
      for (const id of [waiting, inSource]) {
        for (const name of [...names, 'Last', 'Ship']) world.succeed(id, name);
        expect(world.execution(id)).toMatchObject({ status: 'Succeeded', pipelineVersion: 1 });
      }
      const newest = fetched();
      expect(world.execution(newest)).toMatchObject({ executionMode: mode, pipelineVersion: 2 });
      expect(startedIn(newest)).toEqual(['Fetch', 'Only']);
    },
  );

  test('out of PARALLEL: running executions neither lock a stage nor are locked out', () => {
    const old = world.start();
    world.update({ ...declaration, executionMode: 'QUEUED' });
    const holder = fetched();
    world.succeed(old, 'Fetch');
    expect(world.snapshot().occupancy[1]).toMatchObject({ holder });
    expect(startedIn(old)).toHaveLength(6);
    const waiter = fetched();
    for (const name of [...names, 'Last']) world.succeed(old, name);
    expect(world.snapshot().occupancy[1]).toMatchObject({ holder, waiting: [waiter] });
  });

  test('to PARALLEL: executions that lock stages are cancelled, and new ones do not wait for them', () => {
    world = createWorld({ ...declaration, executionMode: 'SUPERSEDED' });
    const [active, waiting] = [world.start(), world.start()];
    world.update(declaration);
    expect([active, waiting].map((id) => world.execution(id).status)).toEqual(['InProgress', 'Cancelled']);
    expect(startedIn(world.start())).toEqual(['Fetch']);
    world.succeed(active, 'Fetch');
    expect(world.execution(active).status).toBe('Cancelled');
  });

  test('an approval still waits after an update', () => {
    world = createWorld(declare([stage('Source', source()), stage('Gate', approval('Ask'))], members));
    const id = fetched();
    world.update(world.declaration());
    expect(world.action(id, 'Ask').status).toBe('InProgress');
    changesOf(world.answer(id, 'Ask'));
    expect(world.execution(id).status).toBe('Succeeded');
  });
});

describe('retries and rollbacks', () => {
  test('a stage can be retried after others have entered it (behaviour C.6)', () => {
    const failed = world.start();
    world.fail(failed, 'Fetch');
    fetched();
    expect(changesOf(world.retry(failed, 'Source'))[0]).toMatchObject({ kind: 'stageRetried', isLocking: false });
    world.succeed(failed, 'Fetch');
    expect(startedIn(failed)).toHaveLength(7);
  });

  test('an execution of an earlier version is retried under its own definition', () => {
    const failed = world.start();
    world.fail(failed, 'Fetch');
    world.update(declare([stage('Source', source('Other')), stage('Build', action('Only'))], members));
    world.retry(failed, 'Source');
    world.succeed(failed, 'Fetch');
    expect(startedIn(failed).slice(2)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('a stage can be rolled back manually while others are in it (behaviour C.7)', () => {
    const target = built();
    fetched();
    const decision = world.rollBack('Build', target);
    if ('refuse' in decision) throw new Error(decision.message);
    expect(world.execution(decision.answer)).toMatchObject({
      executionMode: 'PARALLEL',
      stages: [{ stageName: 'Build' }],
    });
    expect(startedIn(decision.answer)).toHaveLength(5);
  });

  test('starts and retries are refused over the limit (behaviour B.6)', () => {
    world = createWorld(declaration, { limits: { runningExecutions: 2, parallelActions: 5 } });
    const failed = world.start();
    world.fail(failed, 'Fetch');
    world.start();
    world.start();
    expect(refusalOf(world.retry(failed, 'Source'))).toEqual({
      refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
      message: "Pipeline 'Mill' has reached the limit of 2 concurrent executions in PARALLEL mode.",
    });
    expect(() => world.start()).toThrow('limit of 2');
  });
});
