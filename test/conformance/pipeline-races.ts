import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { ExecutionMode } from '../../src/contract/generated.ts';
import { retryStage } from '../../src/engine/events/retry-stage.ts';
import { rollbackStage } from '../../src/engine/events/rollback-stage.ts';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import { endOutdated } from '../../src/engine/events/update-pipeline.ts';
import type { CataloguedActionType } from '../../src/model/action-type.ts';
import type { Pipeline } from '../../src/model/pipeline.ts';
import { buildType, scope, sourceType, twoStages } from '../support/pipelines/declarations.ts';
import { type Bench, type OpenStore, useBench } from './bench.ts';
import { outcomeOf, viewPipeline } from './pipeline-view.ts';
import type { Steps } from './steps.ts';

/** A pipeline that two operations are about to change. */
interface Stage {
  pipeline: Pipeline;
  /** In `Build`, or failed there. */
  older: string;
  buildJob: string;
  /** Of the newer one, which is in `Source`. */
  sourceJob: string;
}

type Operation = (node: Steps, stage: Stage) => Promise<unknown>;

const failure = { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } } as const;

const keyOf = ({ pipeline }: Stage, executionId: string) =>
  ({ kind: 'execution', scope, name: pipeline.name, executionId, stageName: 'Build' }) as const;

const common: Record<string, Operation> = {
  'a start': (node, { pipeline }) => node.start(pipeline.name),
  'a deletion': (node, { pipeline }) => node.delete(pipeline.name),
  'the end of the source': (node, { sourceJob }) => node.succeed(sourceJob),
};

/** Operations on a pipeline whose older execution is in `Build`. */
const inBuild: Record<string, Operation> = {
  ...common,
  'an update': (node, { pipeline }) =>
    node.store.pipelines.update(
      scope,
      pipeline.name,
      (current) => ({ ...current, variables: [{ name: `V${current.version}`, defaultValue: 'v' }] }),
      endOutdated,
    ),
  'the end of the build': (node, { buildJob }) => node.succeed(buildJob),
  'the failure of the build': (node, { buildJob }) => node.report(buildJob, failure),
  'a stop': (node, stage) =>
    node.store.advance(keyOf(stage, stage.older), (snapshot, moment) =>
      stopExecution(snapshot, { executionId: stage.older, abandon: true }, moment),
    ),
};

/** Operations on one whose older execution has failed in `Build`. */
const failedInBuild: Record<string, Operation> = {
  ...common,
  'a retry': (node, stage) =>
    node.store.advance({ ...keyOf(stage, stage.older) }, (snapshot, moment) =>
      retryStage(snapshot, { executionId: stage.older, stageName: 'Build', mode: 'FAILED_ACTIONS' }, moment),
    ),
  'a rollback': (node, stage) =>
    node.store.advance({ ...keyOf(stage, stage.older) }, (snapshot, moment) => {
      const target = { stageName: 'Build', targetExecutionId: stage.older, callerArn: 'arn' };
      return rollbackStage(snapshot, target, moment);
    }),
};

/**
 * Start, update, delete, advance and the like from two nodes: the resulting pipeline and both responses are those of one
 * serial order. If locks can be held, both operations queue for the pipeline and run in that order; those that share the
 * lock really run concurrently.
 */
export function pipelineRaces(open: OpenStore): void {
  const bench = useBench(open);

  async function set(name: string, { mode, hasFailed }: { mode: ExecutionMode; hasFailed: boolean }): Promise<Stage> {
    const claimOf = async (type: CataloguedActionType) => {
      const found = (await bench.claim({ type })).find((record) => record.pipeline.name === name);
      if (!found) throw new Error(`no job of ${name} is available`);
      return found;
    };
    const pipeline = await bench.create(twoStages({ name, executionMode: mode, pipelineType: 'V2' }));
    const source = await claimOf(sourceType);
    await bench.succeed(source.job.id);
    const build = await claimOf(buildType);
    await bench.start(name);
    const next = await claimOf(sourceType);
    if (hasFailed) await bench.report(build.job.id, failure);
    return { pipeline, older: source.executionId, buildJob: build.job.id, sourceJob: next.job.id };
  }

  test.each([
    ['SUPERSEDED', 'in a stage', inBuild],
    ['QUEUED', 'in a stage', inBuild],
    ['PARALLEL', 'in a stage', inBuild],
    ['SUPERSEDED', 'after a failure', failedInBuild],
    ['QUEUED', 'after a failure', failedInBuild],
    ['PARALLEL', 'after a failure', failedInBuild],
  ] as const)('two concurrent operations in a %s pipeline %s are serialized', async (mode, _when, operations) => {
    const other = await bench.another();
    const how = { mode, hasFailed: operations === failedInBuild };
    const serially = async (name: string, first: Operation, second: Operation) => {
      const stage = await set(name, how);
      const responses = [await outcomeOf(first(bench, stage)), await outcomeOf(second(other, stage))];
      return { responses, ...(await viewPipeline(bench, stage.pipeline)) };
    };
    for (const [[firstName, first], [secondName, second]] of pairsOf(Object.entries(operations))) {
      const stage = await set(`${firstName} and ${secondName}`, how);
      const responses = await concurrently(bench, stage, [first, second], other);
      const seen = { responses, ...(await viewPipeline(bench, stage.pipeline)) };
      const expected = await serially(`${firstName}, then ${secondName}`, first, second);
      if (mode !== 'PARALLEL' || isDeepStrictEqual(seen, expected)) {
        expect(seen, `${firstName} and ${secondName}`).toEqual(expected);
      } else {
        const reversed = await serially(`${secondName} before ${firstName}`, second, first);
        expect(seen, `${secondName} and ${firstName}`).toEqual({
          ...reversed,
          responses: reversed.responses.reverse(),
        });
      }
    }
  });
}

/** Pairs each operation with itself and each later one; every other pair is reversed. */
function pairsOf<Item>(items: Item[]): [Item, Item][] {
  const pairs = items.flatMap((item, index) => items.slice(index).map((later): [Item, Item] => [item, later]));
  return pairs.map(([item, later], index) => (index % 2 === 0 ? [item, later] : [later, item]));
}

/** Makes both wait for the pipeline, in this order, before either may continue. */
async function concurrently(
  bench: Bench,
  stage: Stage,
  [first, second]: [Operation, Operation],
  other: Steps,
): Promise<unknown[]> {
  const held = await bench.hold(stage.pipeline.id);
  const responses = [outcomeOf(first(bench, stage))];
  await held.untilWaiting(1);
  responses.push(outcomeOf(second(other, stage)));
  await held.untilWaiting(2);
  await held.release();
  return Promise.all(responses);
}
