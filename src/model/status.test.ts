import { expect, test } from 'vitest';
import { createHarness, type Harness } from '../../test/support/engine/harness.ts';
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
function watch(declaration: StoredDeclaration, moves: Set<string>): Harness {
  const note = (before: ExecutionSnapshot | undefined, after: ExecutionSnapshot) => {
    for (const move of movesBetween(before, after)) moves.add(move);
  };
  const harness = createHarness(declaration, { observe: (_change, before, after) => note(before, after) });
  const watched = (act: Harness['deliver']): Harness['deliver'] => {
    return (id, jobId) => {
      const before = harness.execution(id);
      act(id, jobId);
      note(before, harness.execution(id));
    };
  };
  return { ...harness, deliver: watched(harness.deliver), acknowledge: watched(harness.acknowledge) };
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
function inEveryStatus(harness: Harness, id: string, act: () => void): void {
  const fetching = () => harness.job(id, 'Fetch').id;
  act();
  harness.retry(id, 'Source');
  harness.deliver(id, fetching());
  act();
  harness.retry(id, 'Source');
  harness.deliver(id, fetching());
  harness.acknowledge(id, fetching());
  act();
}

/** Complete executions that together use every transition in the tables. */
const histories: [string, StoredDeclaration, (harness: Harness, id: string) => void][] = [
  [
    'workers claim, acknowledge, continue and complete jobs, and the approval is given',
    declaration,
    (harness, id) => {
      const fetching = () => harness.job(id, 'Fetch').id;
      harness.deliver(id, fetching());
      harness.deliver(id, fetching());
      harness.acknowledge(id, fetching());
      harness.succeed(id, 'Fetch', { continuationToken: 'more' });
      harness.deliver(id, fetching());
      harness.succeed(id, 'Fetch');
      for (const name of ['Compile', 'Lint']) harness.succeed(id, name);
      harness.answer(id, 'Ask');
      harness.succeed(id, 'Ship');
    },
  ],
  ['jobs fail', declaration, (harness, id) => inEveryStatus(harness, id, () => harness.fail(id, 'Fetch'))],
  [
    'no result before the time-out',
    declaration,
    (harness, id) =>
      inEveryStatus(harness, id, () => {
        harness.clock.pass(customActionTimeoutMs);
        harness.timeOut(id);
      }),
  ],
  [
    'stop and abandon, also after stop and wait',
    declaration,
    (harness, id) => {
      harness.stop(id, { abandon: true });
      harness.retry(id, 'Source');
      harness.stop(id);
      harness.stop(id, { abandon: true });
    },
  ],
  [
    'stop and wait, until the stage ends',
    declaration,
    (harness, id) => {
      harness.stop(id);
      harness.succeed(id, 'Fetch');
    },
  ],
  [
    'newer executions supersede waiting ones',
    declaration,
    (harness) => {
      harness.start();
      harness.start();
    },
  ],
  [
    'the pipeline is updated',
    declaration,
    (harness, id) => {
      harness.update(declaration);
      harness.succeed(id, 'Fetch');
    },
  ],
  [
    'an entry condition skips its stage',
    guarded,
    (harness, id) => {
      harness.succeed(id, 'Fetch');
      harness.fail(id, 'Open');
    },
  ],
  [
    'a failed condition is overridden',
    guarded,
    (harness, id) => {
      for (const name of ['Fetch', 'Open', 'Compile']) harness.succeed(id, name);
      harness.fail(id, 'Measure');
      harness.override(id, 'Build', 'onSuccess');
    },
  ],
  [
    'a condition is abandoned with its execution, or cancelled by an update',
    guarded,
    (harness, id) => {
      harness.succeed(id, 'Fetch');
      harness.stop(id, { abandon: true });
      const next = harness.start();
      harness.succeed(next, 'Fetch');
      harness.update(guarded);
    },
  ],
];

/** In the table but never observed, since a job is queued in the transaction that creates it. */
const unseen = ['job: Created > Queued'];

test('the tables contain exactly the transitions that happen', () => {
  const moves = new Set<string>();
  for (const [, pipeline, play] of histories) {
    const harness = watch(pipeline, moves);
    play(harness, harness.start());
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
