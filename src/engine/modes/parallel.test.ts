import { beforeEach, describe, expect, test } from 'vitest';
import { changesOf, createHarness, type Harness, refusalOf } from '../../../test/support/engine/harness.ts';
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
let harness: Harness;
beforeEach(() => {
  harness = createHarness(declaration);
});

/** Starts an execution that has left Source. */
function fetched(): string {
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  return id;
}

function built(): string {
  const id = fetched();
  for (const name of [...names, 'Last']) harness.succeed(id, name);
  return id;
}

const startedIn = (id: string) => harness.execution(id).actions.map(({ actionName }) => actionName);

describe('independence (behaviour C.2.3)', () => {
  test('any number can be in a stage; none waits, is superseded or locks the stage', () => {
    const ids = [harness.start(), harness.start(), harness.start()];
    for (const id of ids) harness.succeed(id, 'Fetch');
    expect(ids.map((id) => harness.execution(id))).toMatchObject(
      Array(3).fill({
        status: 'InProgress',
        waitingStage: undefined,
        stages: [{ status: 'Succeeded' }, { status: 'InProgress', isLocking: false }],
      }),
    );
    const empty = { holder: undefined, waiting: [], expired: [], waitingParallel: [] };
    expect(harness.snapshot().occupancy).toMatchObject([empty, empty, empty]);
  });

  test('one that leaves a stage advances no other', () => {
    fetched();
    const id = harness.start();
    expect(harness.succeed(id, 'Fetch')).toMatchObject({ then: [] });
  });

  test('a failure and a stop affect only their own execution', () => {
    const [failed, stopped, other] = [harness.start(), harness.start(), harness.start()];
    harness.fail(failed, 'Fetch');
    harness.stop(stopped, { abandon: true });
    const statuses = [failed, stopped, other].map((id) => harness.execution(id).status);
    expect(statuses).toEqual(['Failed', 'Stopped', 'InProgress']);
    expect(harness.execution(stopped).stages).toMatchObject([{ status: 'Stopped' }]);
  });

  test('stop and wait shows its stage as stopping until the actions have ended', () => {
    const id = harness.start();
    harness.stop(id);
    expect(harness.execution(id)).toMatchObject({ status: 'Stopping', stages: [{ status: 'Stopping' }] });
    harness.fail(id, 'Fetch');
    expect(harness.execution(id)).toMatchObject({ status: 'Stopped', stages: [{ status: 'Stopped' }] });
  });
});

describe('five concurrent actions (behaviour B.6)', () => {
  test('the rest of a larger run order start as others end, in declaration order', () => {
    const id = fetched();
    expect(defaultQuotas.parallelActions).toBe(5);
    expect(startedIn(id)).toEqual(['Fetch', 'A', 'B', 'C', 'D', 'E']);
    harness.succeed(id, 'C');
    expect(startedIn(id).slice(6)).toEqual(['F']);
    harness.succeed(id, 'A');
    expect(startedIn(id).slice(6)).toEqual(['F', 'G']);
    for (const name of ['B', 'D', 'E', 'F']) harness.succeed(id, name);
    expect(startedIn(id)).not.toContain('Last');
    harness.succeed(id, 'G');
    expect(startedIn(id).at(-1)).toBe('Last');
  });

  test('after the limit was lowered nothing starts until fewer are running', () => {
    const limits = { ...defaultQuotas };
    harness = createHarness(declaration, { limits });
    const id = fetched();
    limits.parallelActions = 3;
    for (const name of ['A', 'B']) harness.succeed(id, name);
    expect(startedIn(id)).not.toContain('F');
    harness.succeed(id, 'C');
    expect(startedIn(id).slice(6)).toEqual(['F']);
  });

  test('each execution has its own five', () => {
    const ids = [fetched(), fetched()];
    expect(ids.map((id) => startedIn(id).length)).toEqual([6, 6]);
  });

  test('after a failure no more of the run order start, and a retry starts all of them (behaviour C.2.1)', () => {
    const id = fetched();
    harness.fail(id, 'A');
    for (const name of ['B', 'C', 'D', 'E']) harness.succeed(id, name);
    expect(harness.execution(id).status).toBe('Failed');
    expect(startedIn(id)).not.toContain('F');
    harness.retry(id, 'Build');
    expect(startedIn(id).slice(6)).toEqual(['A', 'F', 'G']);
  });

  test('other modes start a whole run order', () => {
    harness = createHarness({ ...declaration, executionMode: 'QUEUED' });
    expect(startedIn(fetched())).toHaveLength(8);
  });
});

describe('a disabled transition (behaviour C.4)', () => {
  test('holds all of them, and all enter once it is enabled', () => {
    harness.close('Build');
    const ids = [fetched(), fetched(), fetched()];
    expect(harness.snapshot().occupancy[1]).toMatchObject({ waiting: [], waitingParallel: ids });
    expect(changesOf(harness.open('Build'))).toMatchObject([{ kind: 'transitionEnabled' }]);
    expect(ids.map((id) => startedIn(id).length)).toEqual([6, 6, 6]);
  });

  test('enabled after 30 days, it lets in only later arrivals', () => {
    harness.close('Build');
    const late = [fetched(), fetched()];
    harness.clock.pass(longestDisabledMs + 1);
    harness.open('Build');
    const later = fetched();
    expect([...late, later].map((id) => startedIn(id).length)).toEqual([1, 1, 6]);
    expect(harness.snapshot().occupancy[1]).toMatchObject({ waiting: [], expired: [], waitingParallel: [] });
    harness.stop(late[0] ?? '');
    expect(harness.execution(late[0] ?? '').status).toBe('Stopped');
  });
});

describe('updates (behaviour C.2.4)', () => {
  test.each(['PARALLEL', 'QUEUED', 'SUPERSEDED'] as const)(
    'to %s: running executions continue with their own definition',
    (mode) => {
      harness.close('Build');
      const [waiting, inSource] = [fetched(), harness.start()];
      const next = declare([stage('Source', source()), stage('Build', action('Only'))], {
        ...members,
        executionMode: mode,
      });
      harness.update(next);
      harness.open('Build');
      harness.succeed(inSource, 'Fetch');
      for (const id of [waiting, inSource]) {
        for (const name of [...names, 'Last', 'Ship']) harness.succeed(id, name);
        expect(harness.execution(id)).toMatchObject({ status: 'Succeeded', pipelineVersion: 1 });
      }
      const newest = fetched();
      expect(harness.execution(newest)).toMatchObject({ executionMode: mode, pipelineVersion: 2 });
      expect(startedIn(newest)).toEqual(['Fetch', 'Only']);
    },
  );

  test('out of PARALLEL: running executions neither lock a stage nor are locked out', () => {
    const old = harness.start();
    harness.update({ ...declaration, executionMode: 'QUEUED' });
    const holder = fetched();
    harness.succeed(old, 'Fetch');
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder });
    expect(startedIn(old)).toHaveLength(6);
    const waiter = fetched();
    for (const name of [...names, 'Last']) harness.succeed(old, name);
    expect(harness.snapshot().occupancy[1]).toMatchObject({ holder, waiting: [waiter] });
  });

  test('to PARALLEL: executions that lock stages are cancelled, and new ones do not wait for them', () => {
    harness = createHarness({ ...declaration, executionMode: 'SUPERSEDED' });
    const [active, waiting] = [harness.start(), harness.start()];
    harness.update(declaration);
    expect([active, waiting].map((id) => harness.execution(id).status)).toEqual(['InProgress', 'Cancelled']);
    expect(startedIn(harness.start())).toEqual(['Fetch']);
    harness.succeed(active, 'Fetch');
    expect(harness.execution(active).status).toBe('Cancelled');
  });

  test('an approval still waits after an update', () => {
    harness = createHarness(declare([stage('Source', source()), stage('Gate', approval('Ask'))], members));
    const id = fetched();
    harness.update(harness.declaration());
    expect(harness.action(id, 'Ask').status).toBe('InProgress');
    changesOf(harness.answer(id, 'Ask'));
    expect(harness.execution(id).status).toBe('Succeeded');
  });
});

describe('retries and rollbacks', () => {
  test('a stage can be retried after others have entered it (behaviour C.6)', () => {
    const failed = harness.start();
    harness.fail(failed, 'Fetch');
    fetched();
    expect(changesOf(harness.retry(failed, 'Source'))[0]).toMatchObject({ kind: 'stageRetried', isLocking: false });
    harness.succeed(failed, 'Fetch');
    expect(startedIn(failed)).toHaveLength(7);
  });

  test('an execution of an earlier version is retried under its own definition', () => {
    const failed = harness.start();
    harness.fail(failed, 'Fetch');
    harness.update(declare([stage('Source', source('Other')), stage('Build', action('Only'))], members));
    harness.retry(failed, 'Source');
    harness.succeed(failed, 'Fetch');
    expect(startedIn(failed).slice(2)).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('a stage can be rolled back manually while others are in it (behaviour C.7)', () => {
    const target = built();
    fetched();
    const decision = harness.rollBack('Build', target);
    if ('refuse' in decision) throw new Error(decision.message);
    expect(harness.execution(decision.answer)).toMatchObject({
      executionMode: 'PARALLEL',
      stages: [{ stageName: 'Build' }],
    });
    expect(startedIn(decision.answer)).toHaveLength(5);
  });

  test('starts and retries are refused over the limit (behaviour B.6)', () => {
    harness = createHarness(declaration, { limits: { runningExecutions: 2, parallelActions: 5 } });
    const failed = harness.start();
    harness.fail(failed, 'Fetch');
    harness.start();
    harness.start();
    expect(refusalOf(harness.retry(failed, 'Source'))).toEqual({
      refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
      message: "Pipeline 'Mill' has reached the limit of 2 concurrent executions in PARALLEL mode.",
    });
    expect(() => harness.start()).toThrow('limit of 2');
  });
});
