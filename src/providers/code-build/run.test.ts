import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MemoryBuilds } from '../../../test/support/workers/memory-builds.ts';
import { ServiceError } from '../../contract/errors.ts';
import type { Job } from '../../contract/generated.ts';
import { runCodeBuild } from './run.ts';

const place = (objectKey: string) => ({ type: 'S3' as const, s3Location: { bucketName: 'store', objectKey } });
const code = { name: 'Code', revision: 'c0ffee', location: place('shop/Code/1') };
const tools = { name: 'Tools', location: place('shop/Tools/2') };

/** Returns a job whose action has this configuration beside its project. */
function jobOf(configuration: Record<string, string> = {}, data: Partial<Job['data']> = {}): Job {
  return {
    id: 'job-1',
    data: {
      actionConfiguration: { configuration: { ProjectName: 'site', ...configuration } },
      inputArtifacts: [code],
      outputArtifacts: [],
      ...data,
    },
  };
}

async function started(job: Job, action = {}) {
  const builds = new MemoryBuilds();
  await builds.perform(runCodeBuild, job, action);
  return builds.projects[0];
}

describe('the build of a CodeBuild action', () => {
  it('has the version of the input artifact that its producer wrote as its source', async () => {
    expect(await started(jobOf(), { inputVersions: { Code: 'v7' } })).toEqual({
      projectName: 'site',
      variables: [],
      source: { type: 'S3', bucket: 'store', key: 'shop/Code/1', versionId: 'v7' },
      secondarySources: [],
      sourceVersion: 'arn:aws:s3:::store/shop/Code/1',
      resolvedSourceVersion: 'c0ffee',
      secondaryArtifacts: [],
    });
  });

  it('has the primary source that is named, and the others beside it', async () => {
    const build = await started(jobOf({ PrimarySource: 'Tools' }, { inputArtifacts: [code, tools] }));
    expect(build).toMatchObject({
      source: { key: 'shop/Tools/2' },
      secondarySources: [{ identifier: 'Code', type: 'S3', bucket: 'store', key: 'shop/Code/1' }],
      sourceVersion: 'arn:aws:s3:::store/shop/Tools/2',
    });
    expect(build).not.toHaveProperty('resolvedSourceVersion');
  });

  it('clones the repository that a source action names in place of its files', async () => {
    const builds = new MemoryBuilds();
    const reference = {
      repositoryUrl: 'https://git/shop',
      repositoryName: 'acme/shop',
      branchName: 'main',
      commitId: 'c0ffee',
    };
    const body = Readable.from([JSON.stringify(reference)]);
    await builds.objects.putObject({ bucket: 'store', key: 'shop/Code/1', body });
    await builds.perform(runCodeBuild, jobOf());
    expect(builds.projects[0]).toMatchObject({
      source: { type: 'GIT', url: 'https://git/shop', fullRepositoryId: 'acme/shop', ref: 'refs/heads/main^{c0ffee}' },
      resolvedSourceVersion: 'c0ffee',
    });
  });

  it('has files that only look like the name of a repository as files', async () => {
    const builds = new MemoryBuilds();
    await builds.objects.putObject({ bucket: 'store', key: 'shop/Code/1', body: Readable.from(['{"repositoryUrl":']) });
    await builds.perform(runCodeBuild, jobOf());
    expect(builds.projects[0]?.source.type).toBe('S3');
  });

  it('writes a single output artifact as its primary one, several by their names', async () => {
    const outputs = ['App', 'Docs'].map((name) => ({ name, location: place(`shop/${name}`) }));
    expect(await started(jobOf({}, { outputArtifacts: outputs.slice(0, 1) }))).toMatchObject({
      artifact: { bucket: 'store', key: 'shop/App', packaging: 'ZIP', orSecondary: 'App' },
      secondaryArtifacts: [],
    });
    const several = await started(jobOf({}, { outputArtifacts: outputs }));
    expect(several?.artifact).toBeUndefined();
    expect(several?.secondaryArtifacts).toEqual([
      { identifier: 'App', bucket: 'store', key: 'shop/App', packaging: 'ZIP' },
      { identifier: 'Docs', bucket: 'store', key: 'shop/Docs', packaging: 'ZIP' },
    ]);
  });

  it('gets the variables, the buildspec and the key of the action', async () => {
    const variables = [
      { name: 'STAGE', value: 'prod' },
      { name: 'TOKEN', value: 'npm:token', type: 'SECRETS_MANAGER' },
      { name: 'HOST', value: '/host', type: 'PARAMETER_STORE' },
    ];
    const configuration = { EnvironmentVariables: JSON.stringify(variables), BuildspecOverride: 'ci/build.yml' };
    const encryptionKey = { id: 'alias/artifacts', type: 'KMS' as const };
    expect(await started(jobOf(configuration, { encryptionKey }))).toMatchObject({
      variables: [{ name: 'STAGE', value: 'prod', type: 'PLAINTEXT' }, variables[1], variables[2]],
      buildspec: 'ci/build.yml',
      encryptionKey: 'alias/artifacts',
    });
  });
});

describe('the action of a build', () => {
  it('shows the build while it runs, and gets its exported variables', async () => {
    const builds = new MemoryBuilds({ exportedVariables: [{ name: 'TAG', value: 'v1' }] });
    expect(await builds.perform(runCodeBuild, jobOf())).toEqual({
      status: 'Succeeded',
      executionDetails: { externalExecutionId: 'site:uuid', percentComplete: 100 },
      outputVariables: { TAG: 'v1' },
    });
    expect(builds.progress).toEqual([
      { externalExecutionId: 'site:uuid', logStreamArn: expect.stringContaining(':log-stream:uuid') },
    ]);
  });

  it('fails with the phase that failed', async () => {
    const failure = {
      code: 'COMMAND_EXECUTION_ERROR',
      message: 'Error while executing command: make. Reason: exit status 2',
    };
    const phases = [
      { type: 'INSTALL' as const, startedAt: 0, endedAt: 1, status: 'SUCCEEDED' as const },
      { type: 'BUILD' as const, startedAt: 1, endedAt: 2, status: 'FAILED' as const, failure },
    ];
    const builds = new MemoryBuilds({ status: 'FAILED', phases });
    expect(await builds.perform(runCodeBuild, jobOf())).toEqual({
      status: 'Failed',
      failureDetails: {
        type: 'JobFailed',
        message: `Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: ${failure.message}`,
        externalExecutionId: 'site:uuid',
      },
    });
  });

  it.each([
    [{ status: 'STOPPED' as const }, 'Build terminated with state: STOPPED'],
    [
      { status: 'FAULT' as const, failure: { code: 'RUNNER_LOST', message: 'No runner finished it.' } },
      'Build terminated with state: FAULT. Code: RUNNER_LOST, Message: No runner finished it.',
    ],
  ])('fails with the state %o', async (ending, message) => {
    const outcome = await new MemoryBuilds(ending).perform(runCodeBuild, jobOf());
    expect(outcome).toMatchObject({ failureDetails: { message } });
  });

  it('fails with the text of the service if no build starts', async () => {
    const builds = new MemoryBuilds();
    builds.refusal = new ServiceError('ResourceNotFoundException', 'Project cannot be found: arn');
    await expect(builds.perform(runCodeBuild, jobOf())).rejects.toMatchObject({
      type: 'JobFailed',
      message:
        'Error calling startBuild: Project cannot be found: arn (Service: AWSCodeBuild; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: job-1)',
    });
  });
});

describe('a batch', () => {
  it('is started in the place of a build, and has no log of its own', async () => {
    const builds = new MemoryBuilds();
    expect(await builds.perform(runCodeBuild, jobOf({ BatchEnabled: 'True' }))).toMatchObject({ status: 'Succeeded' });
    expect(builds.batches).toMatchObject([{ projectName: 'site', source: { key: 'shop/Code/1' } }]);
    expect([builds.projects, builds.progress]).toEqual([[], [{ externalExecutionId: 'site:uuid' }]]);
  });

  it('has no output artifacts', async () => {
    const outputArtifacts = [{ name: 'App', location: place('shop/App') }];
    const running = new MemoryBuilds().perform(runCodeBuild, jobOf({ BatchEnabled: 'true' }, { outputArtifacts }));
    await expect(running).rejects.toMatchObject({ type: 'ConfigurationError', message: /no output artifacts/ });
  });
});

describe('a configuration', () => {
  const example = 'write such as [{"name":"STAGE","value":"prod","type":"PLAINTEXT"}].';
  it.each([
    [{ PrimarySource: 'Nope' }, "PrimarySource is 'Nope', which is none of the input artifacts: Code."],
    [{ EnvironmentVariables: '[{' }, `EnvironmentVariables is no valid JSON: ${example}`],
    [{ EnvironmentVariables: '{"name":"A"}' }, `EnvironmentVariables is no list: ${example}`],
    [{ EnvironmentVariables: '[null]' }, 'EnvironmentVariables has no name in entry 1.'],
    [
      { EnvironmentVariables: '[{"name":"A","value":1}]' },
      'EnvironmentVariables has no text as the value of the variable A.',
    ],
    [
      { EnvironmentVariables: '[{"name":"A","value":"","type":"SECRET"}]' },
      'EnvironmentVariables has the type SECRET for the variable A: write one of PLAINTEXT, PARAMETER_STORE, SECRETS_MANAGER.',
    ],
    [{ BatchEnabled: 'maybe' }, "BatchEnabled is 'maybe': write true or false."],
  ])('%o is refused', async (configuration, message) => {
    const running = new MemoryBuilds().perform(runCodeBuild, jobOf(configuration));
    await expect(running).rejects.toMatchObject({ type: 'ConfigurationError', message });
  });

  it('needs a primary source if there are several inputs', async () => {
    const running = new MemoryBuilds().perform(runCodeBuild, jobOf({}, { inputArtifacts: [code, tools] }));
    await expect(running).rejects.toThrow(
      'PrimarySource is required with several input artifacts: name one of Code, Tools.',
    );
  });
});
