import { describe, expect, it } from 'vitest';
import { MemoryBuilds } from '../../../test/support/workers/memory-builds.ts';
import { readBuildspec } from '../../buildspec/read-buildspec.ts';
import type { Job } from '../../contract/generated.ts';
import type { ComputeWork } from '../../model/execution.ts';
import { runCommands } from './run.ts';

const place = (objectKey: string) => ({ type: 'S3' as const, s3Location: { bucketName: 'store', objectKey } });
const inputArtifacts = ['Code', 'Tools'].map((name) => ({ name, location: place(`shop/${name}`) }));

/** Runs commands and returns what was started. */
async function run(compute: Partial<ComputeWork> = {}, data: Partial<Job['data']> = {}) {
  const builds = new MemoryBuilds();
  const job: Job = {
    id: 'job-1',
    data: {
      pipelineContext: { pipelineName: 'shop', stage: { name: 'Check' }, action: { name: 'Lint' } },
      inputArtifacts,
      outputArtifacts: [],
      ...data,
    },
  };
  const work = { commands: ['make'], environmentVariables: [], outputVariables: [], ...compute };
  await builds.perform(runCommands, job, { compute: work });
  const [order] = builds.orders;
  const text = order?.buildspec && 'text' in order.buildspec ? order.buildspec.text : '';
  return { order, buildspec: readBuildspec(text) };
}

describe('a Commands action', () => {
  it('is a build of its own with the role of the action, in the log group of its pipeline', async () => {
    const { order } = await run();
    expect(order).toMatchObject({
      kind: 'Commands',
      projectName: 'shop.Check.Lint',
      isPrivileged: false,
      hasNetwork: true,
      serviceRole: 'arn:aws:iam::111122223333:role/pipeline',
      logGroup: '/aws/codepipeline/shop',
      timeoutMs: 55 * 60_000,
      source: { key: 'shop/Code' },
      secondarySources: [{ identifier: 'Tools', key: 'shop/Tools' }],
    });
  });

  it('runs its commands as they are, whatever is in them', async () => {
    const commands = [
      'echo "a: b" # c',
      `printf '%s\\n' "$X" | sed 's/\\t/ /'`,
      'echo €😀\ud800',
      '- not a list',
      '{}',
    ];
    const { buildspec } = await run({ commands });
    expect(buildspec.phases.build?.commands.map(({ text }) => text)).toEqual(
      commands.map((command) => command.replace('\ud800', '\ufffd')),
    );
    expect(buildspec.warnings).toEqual([]);
    expect(buildspec.artifacts).toBeUndefined();
  });

  it('exports its output variables and collects its files', async () => {
    const outputArtifacts = [{ name: 'Out', location: place('shop/Out') }];
    const { order, buildspec } = await run(
      { outputVariables: ['DIGEST'], files: ['dist/**', 'LICENSE'] },
      { outputArtifacts },
    );
    expect(order?.artifact).toMatchObject({ bucket: 'store', key: 'shop/Out' });
    expect(buildspec.environment.exportedVariables).toEqual(['DIGEST']);
    expect(buildspec.artifacts?.files).toEqual(['dist/**', 'LICENSE']);
    expect((await run({}, { outputArtifacts })).buildspec.artifacts?.files).toEqual(['**/*']);
  });

  it('gets its environment variables, secrets by reference', async () => {
    const { order } = await run({
      environmentVariables: [
        { name: 'STAGE', value: 'prod' },
        { name: 'TOKEN', value: 'npm:token', type: 'SECRETS_MANAGER' },
      ],
    });
    expect(order?.variables).toEqual({
      project: [],
      start: [
        { name: 'STAGE', value: 'prod', type: 'PLAINTEXT' },
        { name: 'TOKEN', value: 'npm:token', type: 'SECRETS_MANAGER' },
      ],
    });
  });

  it('does not run on Windows', async () => {
    const configuration = { EnvironmentType: 'WINDOWS_SERVER_2022_CONTAINER' };
    await expect(run({}, { actionConfiguration: { configuration } })).rejects.toMatchObject({
      type: 'ConfigurationError',
      message: expect.stringContaining('WINDOWS_SERVER_2022_CONTAINER'),
    });
  });
});
