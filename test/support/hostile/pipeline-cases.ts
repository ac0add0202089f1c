import type { StageDeclaration } from '@aws-sdk/client-codepipeline';
import { account, region } from '../requests/client-config.ts';
import { callJson } from './call-json.ts';
import { createCustomPipeline, customType, pollCustom } from './custom-pipeline.ts';
import type { LoopCase, Target } from './loop-case.ts';

/** As many as fit into a value of 1,000 characters. */
const references = '#{a.v}'.repeat(166);

/** The maximum number of stages and actions. */
function manyActions(configuration: Record<string, string>): StageDeclaration[] {
  return Array.from({ length: 19 }, (_, stage) => ({
    name: `Stage${stage}`,
    actions: Array.from({ length: 50 }, (_, index) => ({
      name: `Action${stage}-${index}`,
      actionTypeId: customType('Build'),
      configuration,
      runOrder: index + 1,
      namespace: `n${stage}-${index}`,
      outputArtifacts: [{ name: `Out${stage}-${index}` }],
    })),
  }));
}

const call = (door: string, input: string, body: Record<string, unknown>): LoopCase => ({
  door,
  input,
  async attack({ url }) {
    await callJson(url, door, body);
  },
});

/** Five executions, each with 20 actions with the longest possible resolved configuration. */
async function startLongOnes({ url }: Target): Promise<void> {
  const actions = Array.from({ length: 20 }, (_, index) => ({
    name: `Use${index}`,
    actionTypeId: customType('Build'),
    configuration: { Note: '#{a.v}'.repeat(10) },
  }));
  await createCustomPipeline(url, 'hostile-long', [{ name: 'Build', actions }], 'PARALLEL');
  for (let started = 1; started < 5; started += 1) {
    await callJson(url, 'StartPipelineExecution', { name: 'hostile-long' });
  }
  for (const job of await pollCustom(url, 'Source', 5)) {
    await callJson(url, 'PutJobSuccessResult', { jobId: job.id, outputVariables: { v: '\u0001'.repeat(1700) } });
  }
}

/** The largest possible declarations and histories. They run first, since their worker polls the jobs of their type. */
export const pipelineCases: LoopCase[] = [
  {
    door: 'CreatePipeline',
    input: '951 actions with a namespace, an artifact and 166 references each',
    async attack({ url }) {
      await createCustomPipeline(url, 'hostile-many', manyActions({ Note: references }));
    },
  },
  call('GetPipeline', 'the same', { name: 'hostile-many' }),
  call('GetPipelineState', 'the same', { name: 'hostile-many' }),
  {
    door: 'UpdatePipeline',
    input: 'the same with other values',
    async attack({ url }) {
      const { pipeline } = await callJson<{ pipeline: { stages: StageDeclaration[] } }>(url, 'GetPipeline', {
        name: 'hostile-many',
      });
      const [source] = pipeline.stages;
      const stages = [source, ...manyActions({ Note: `${references}x` })];
      await callJson(url, 'UpdatePipeline', { pipeline: { ...pipeline, stages } });
    },
  },
  {
    ...call('ListActionExecutions', '100 actions of 100,000 characters of JSON', {
      pipelineName: 'hostile-long',
    }),
    prepare: startLongOnes,
  },
  {
    door: 'PollForJobs',
    input: 'the same',
    async attack({ url }) {
      if ((await pollCustom(url, 'Build', 100)).length === 0) throw new Error('no job was there');
    },
  },
  {
    door: 'ListPipelines',
    input: '900 pipelines of 100,000 characters',
    fill(database) {
      const declaration = JSON.stringify({ name: 'x', stages: [], filler: 'x'.repeat(100_000) });
      database.exec(`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 900)
        insert into pipelines (id, account, region, name, version, tags, created_at, updated_at)
        select 'many-' || n, '${account}', '${region}', 'many-' || n, 1, '{}', 1767225600000, 1767225600000
        from counted where true`);
      database.exec(`with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 900)
        insert into pipeline_versions (pipeline_id, version, declaration, pipeline_type, execution_mode)
        select 'many-' || n, 1, '${declaration}', 'V2', 'QUEUED' from counted where true`);
    },
    async attack({ url }) {
      const { pipelines } = await callJson<{ pipelines: unknown[] }>(url, 'ListPipelines', {});
      if (pipelines.length < 900) throw new Error(`${pipelines.length} pipelines instead of 900`);
    },
  },
];
