import { expect, test } from 'vitest';
import { createWorld, type World } from '../../test/support/engine/harness.ts';
import { condition, gated } from '../../test/support/pipelines/conditions.ts';
import { action, approval, declare, source, stage } from '../../test/support/pipelines/declarations.ts';
import { customActionTimeoutMs } from './job.ts';
import type { StoredDeclaration } from './pipeline.ts';
import type { ExecutionSnapshot } from './snapshot.ts';
import { actionStatuses, conditionStatuses, executionStatuses, jobStatuses, stageStatuses } from './status.ts';

/** The statuses in an execution by kind and id. Jobs include deliveries, since each is a transition. */
function statusesOf(execution: ExecutionSnapshot | undefined): Map<string, string> {
  if (!execution) return new Map();
  const { id, status, stages, actions, conditions, jobs } = execution;
  return new Map<string, string>([
    [`execution ${id}`, status],
    ...stages.map((one): [string, string] => [`stage ${one.stageName}`, one.status]),
    ...actions.map((one): [string, string] => [`action ${one.id}`, one.status]),
    ...conditions.map((one): [string, string] => [`condition ${one.id}`, one.status]),
    ...jobs.map((one): [string, string] => [`job ${one.id}`, `${one.status} ${one.deliveries}`]),
  ]);
}

/** Lists transitions such as `job: Queued > Dispatched`; new entries come from `[*]`. */
function movesBetween(before: ExecutionSnapshot | undefined, after: ExecutionSnapshot): string[] {
  const stood = statusesOf(before);
  return [...statusesOf(after)].flatMap(([key, status]) => {
    const from = stood.get(key) ?? '[*]';
    return from === status ? [] : [`${key.split(' ')[0]}: ${from.split(' ')[0]} > ${status.split(' ')[0]}`];
  });
}

/** A harness that records the transitions of changes, claims and acknowledgements. */
function watch(declaration: StoredDeclaration, moves: Set<string>): World {
  const note = (before: ExecutionSnapshot | undefined, after: ExecutionSnapshot) => {
    for (const move of movesBetween(before, after)) moves.add(move);
  };
  const world = createWorld(declaration, { observe: (_change, before, after) => note(before, after) });
  const watched = (act: World['deliver']): World['deliver'] => {
    return (id, jobId) => {
      const before = world.execution(id);
      act(id, jobId);
      note(before, world.execution(id));
    };
  };
  return { ...world, deliver: watched(world.deliver), acknowledge: watched(world.acknowledge) };
}

const declaration = declare(
  [
    stage('Source', source()),
    stage('Build', action('Compile', { inputs: ['Code'] }), action('Lint')),
    stage('Deploy', approval('Ask'), action('Ship', { runOrder: 2 })),
  ],
  { pipelineType: 'V2' },
);

const guarded = declare(
  [
    stage('Source', source()),
    gated(stage('Build', action('Compile')), {
      beforeEntry: condition('SKIP', 'Open'),
      onSuccess: condition('FAIL', 'Measure'),
    }),
    stage('Deploy', action('Ship')),
  ],
  { pipelineType: 'V2' },
);

/** Runs `act` while a job is queued, dispatched and in progress, with a retry in between. */
function inEveryStatus(world: World, id: string, act: () => void): void {
  const fetching = () => world.job(id, 'Fetch').id;
  act();
  world.retry(id, 'Source');
  world.deliver(id, fetching());
  act();
  world.retry(id, 'Source');
  world.deliver(id, fetching());
  world.acknowledge(id, fetching());
  act();
}

/** Complete executions that together use every transition in the tables. */
const histories: [string, StoredDeclaration, (world: World, id: string) => void][] = [
  [
    'workers claim, acknowledge, continue and complete jobs, and the approval is given',
    declaration,
    (world, id) => {
      const fetching = () => world.job(id, 'Fetch').id;
      world.deliver(id, fetching());
      world.deliver(id, fetching());
      world.acknowledge(id, fetching());
      world.succeed(id, 'Fetch', { continuationToken: 'more' });
      world.deliver(id, fetching());
      world.succeed(id, 'Fetch');
      for (const name of ['Compile', 'Lint']) world.succeed(id, name);
      world.answer(id, 'Ask');
      world.succeed(id, 'Ship');
    },
  ],
  ['jobs fail', declaration, (world, id) => inEveryStatus(world, id, () => world.fail(id, 'Fetch'))],
  [
    'no result before the time-out',
    declaration,
    (world, id) =>
      inEveryStatus(world, id, () => {
        world.clock.pass(customActionTimeoutMs);
        world.timeOut(id);
      }),
  ],
  [
    'stop and abandon, also after stop and wait',
    declaration,
    (world, id) => {
      world.stop(id, { abandon: true });
      world.retry(id, 'Source');
      world.stop(id);
      world.stop(id, { abandon: true });
    },
  ],
  [
    'stop and wait, until the stage ends',
    declaration,
    (world, id) => {
      world.stop(id);
      world.succeed(id, 'Fetch');
    },
  ],
  [
    'newer executions supersede waiting ones',
    declaration,
    (world) => {
      world.start();
      world.start();
    },
  ],
  [
    'the pipeline is updated',
    declaration,
    (world, id) => {
      world.update(declaration);
      world.succeed(id, 'Fetch');
    },
  ],
  [
    'an entry condition skips its stage',
    guarded,
    (world, id) => {
      world.succeed(id, 'Fetch');
      world.fail(id, 'Open');
    },
  ],
  [
    'a failed condition is overridden',
    guarded,
    (world, id) => {
      for (const name of ['Fetch', 'Open', 'Compile']) world.succeed(id, name);
      world.fail(id, 'Measure');
      world.override(id, 'Build', 'onSuccess');
    },
  ],
  [
    'a condition is abandoned with its execution, or cancelled by an update',
    guarded,
    (world, id) => {
      world.succeed(id, 'Fetch');
      world.stop(id, { abandon: true });
      const next = world.start();
      world.succeed(next, 'Fetch');
      world.update(guarded);
    },
  ],
];

/** In the table but never observed, since a job is queued in the transaction that creates it. */
const unseen = ['job: Created > Queued'];

test('the tables contain exactly the transitions that happen', () => {
  const moves = new Set<string>();
  for (const [, pipeline, play] of histories) {
    const world = watch(pipeline, moves);
    play(world, world.start());
  }
  const tables: Record<string, Record<string, readonly string[]>> = {
    execution: executionStatuses,
    stage: stageStatuses,
    action: actionStatuses,
    condition: conditionStatuses,
    job: jobStatuses,
  };
  const stated = Object.entries(tables).flatMap(([kind, table]) =>
    Object.entries(table).flatMap(([from, list]) => list.map((to) => `${kind}: ${from} > ${to}`)),
  );
  const beginnings = [...moves].filter((move) => move.includes('[*]'));
  const happened = [...moves].filter((move) => !move.includes('[*]'));
  expect([...happened, ...unseen].sort()).toEqual(stated.sort());
  expect(beginnings.sort()).toEqual([
    'action: [*] > InProgress',
    'condition: [*] > InProgress',
    'execution: [*] > InProgress',
    'job: [*] > Queued',
    'stage: [*] > InProgress',
  ]);
});
