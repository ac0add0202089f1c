import {
  type ActionDeclaration,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { findMarked } from '../../src/cages/marked-processes.ts';
import { startRunnerProcess } from '../support/builds/runner-process.ts';
import { zipOf } from '../support/machine/zip-of.ts';
import {
  deployAction,
  pipelineName,
  prepareBuckets,
  sourceAction,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';

const buildspec = `version: 0.2
env:
  exported-variables: [TAG]
phases:
  build:
    commands:
      - TAG=$STAGE-$CODEBUILD_BUILD_NUMBER
      - test "$CODEBUILD_INITIATOR" = codepipeline/${pipelineName}
      - test "$CODEBUILD_RESOLVED_SOURCE_VERSION" = "$VERSION"
      - cat "$CODEBUILD_SRC_DIR_Tools/tool.txt" app.txt > app.out
      - echo "token $TOKEN"
artifacts:
  secondary-artifacts:
    App: { files: [app.out] }
    Docs: { files: ['docs/*'] }
`;

const files = { 'buildspec.yml': buildspec, 'app.txt': 'the app\n', 'docs/manual': 'read me' };

const action = (
  name: string,
  [category, provider]: ['Build' | 'Test' | 'Compute', string],
  members: Partial<ActionDeclaration>,
): ActionDeclaration => ({ name, actionTypeId: { category, owner: 'AWS', provider, version: '1' }, ...members });

/** Writes a tool with commands, builds its input with it, and checks and releases what was built. */
const actions = [
  action('Prepare', ['Compute', 'Commands'], {
    commands: [
      'mkdir tools',
      'cd tools',
      'echo the tool > tool.txt',
      'export KIND="a tool: of #{codepipeline.PipelineExecutionId}"',
    ],
    outputVariables: ['KIND', 'CODEBUILD_BUILD_ID'],
    namespace: 'Prep',
    inputArtifacts: [{ name: 'MyAppBuild' }],
    outputArtifacts: [{ name: 'Prepared', files: ['tools/**/*'] }],
  }),
  action('Pack', ['Compute', 'Commands'], {
    commands: ['cp tools/tool.txt .'],
    inputArtifacts: [{ name: 'Prepared' }],
    outputArtifacts: [{ name: 'Tools', files: ['tool.txt'] }],
  }),
  action('Compile', ['Build', 'CodeBuild'], {
    namespace: 'Bld',
    configuration: {
      ProjectName: 'shop',
      PrimarySource: 'MyAppBuild',
      EnvironmentVariables: JSON.stringify([
        { name: 'VERSION', value: '#{SourceVariables.VersionId}' },
        { name: 'TOKEN', value: '/shop/token', type: 'PARAMETER_STORE' },
      ]),
    },
    inputArtifacts: [{ name: 'Tools' }, { name: 'MyAppBuild' }],
    outputArtifacts: [{ name: 'App' }, { name: 'Docs' }],
  }),
  action('Check', ['Test', 'CodeBuild'], {
    configuration: {
      ProjectName: 'shop',
      BuildspecOverride: `version: 0.2
phases: { build: { commands: ['grep -c the app.out', 'test "$TAG" = prod-1', 'mv app.out report.txt'] } }
artifacts: { files: report.txt }`,
      EnvironmentVariables: JSON.stringify([{ name: 'TAG', value: '#{Bld.TAG}' }]),
    },
    inputArtifacts: [{ name: 'App' }],
    outputArtifacts: [{ name: 'TestReport' }],
  }),
  { ...deployAction, configuration: { BucketName: 'my-releases', Extract: 'true' } },
];

/** Starts a server, a runner, and a pipeline of these actions, each in a stage of its own. */
async function begin(staged: ActionDeclaration[], source: Record<string, string> = files) {
  const server = await serve();
  const client = server.codePipeline();
  const runner = await startRunnerProcess(server.url);
  await prepareBuckets(server.s3(), await zipOf(source));
  const environment = { environmentVariables: [{ name: 'STAGE', value: 'prod' }] };
  const resources = [
    { kind: 'Project', name: 'shop', document: JSON.stringify({ environment: JSON.stringify(environment) }) },
    { kind: 'Parameter', name: '/shop/token', document: JSON.stringify({ value: 'tr0ub4dor' }) },
  ];
  expect(await callOwn(server.url, 'ApplyResources', { resources })).toMatchObject({ status: 200 });
  const stages = staged.map((one) => ({ name: `${one.name}Stage`, actions: [one] }));
  const pipeline = {
    ...threeStages(),
    pipelineType: 'V2' as const,
    stages: [{ name: 'Source', actions: [sourceAction] }, ...stages],
  };
  await client.send(new CreatePipelineCommand({ pipeline }));
  const untilEnded = () =>
    vi.waitFor(
      async () => {
        const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
        const { status, pipelineExecutionId } = pipelineExecutionSummaries?.[0] ?? {};
        expect(status).not.toBe('InProgress');
        const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
        const failed = actionExecutionDetails.filter((one) => one.status === 'Failed');
        const errors = failed.map(({ output }) => output?.executionResult?.errorDetails?.message);
        return { status, errors, pipelineExecutionId, details: actionExecutionDetails };
      },
      { timeout: 40_000, interval: 50 },
    );
  return { server, client, runner, untilEnded };
}

test('builds and commands of a pipeline run in a runner, and pass variables and artifacts on', async () => {
  const { server, runner, untilEnded } = await begin(actions);
  const { status, errors, details, pipelineExecutionId } = await untilEnded();
  expect({ status, errors }).toEqual({ status: 'Succeeded', errors: [] });
  const released = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await released.Body?.transformToString()).toBe('the tool\nthe app\n');
  const variables = Object.fromEntries(details.map((one) => [one.actionName, one.output?.outputVariables]));
  expect(variables.Compile).toEqual({ TAG: 'prod-1' });
  expect(variables.Prepare).toEqual({
    KIND: `a tool: of ${pipelineExecutionId}`,
    CODEBUILD_BUILD_ID: expect.stringMatching(`^${pipelineName}\\.PrepareStage\\.Prepare:`),
  });
  expect(runner.log()).not.toContain('tr0ub4dor');
  const named = `${pipelineName}/${pipelineExecutionId}/Compile`;
  const { printed } = await runMillrace('logs', named, '--data', server.folder);
  expect(printed).toContain('token ***');
  expect(printed.at(-2)).toContain('Phase complete: FINALIZING State: SUCCEEDED');
});

test('the action of a failed build says which command failed, and so does its log', async () => {
  const { server, untilEnded } = await begin([
    action('Compile', ['Build', 'CodeBuild'], {
      configuration: {
        ProjectName: 'shop',
        BuildspecOverride: 'version: 0.2\nphases: { build: { commands: [exit 3] } }',
      },
      inputArtifacts: [{ name: 'MyAppBuild' }],
    }),
  ]);
  expect(await untilEnded()).toMatchObject({
    status: 'Failed',
    errors: [
      'Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: exit 3. Reason: exit status 3',
    ],
  });
  const { printed, complained } = await runMillrace('logs', pipelineName, '--failed', '--data', server.folder);
  expect(complained).toEqual([
    expect.stringMatching(/^CompileStage\/Compile of execution /),
    expect.stringMatching(/^ {2}BUILD failed, line \d+, exit status 3: exit 3$/),
  ]);
  expect(printed.at(-1)).toContain('Command did not exit successfully exit 3 exit status 3');
});

test('nothing of a build goes on when its action is abandoned', async () => {
  const sleep = action('Sleep', ['Compute', 'Commands'], {
    commands: ['sleep 600 & echo sleeping; wait'],
    inputArtifacts: [{ name: 'MyAppBuild' }],
  });
  const { client, untilEnded } = await begin([sleep]);
  const patient = { timeout: 20_000, interval: 100 };
  const { build, pipelineExecutionId } = await vi.waitFor(async () => {
    const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    const { actionStates, latestExecution } = stageStates[1] ?? {};
    const id = actionStates?.[0]?.latestExecution?.externalExecutionId ?? '';
    expect(await findMarked(id)).not.toEqual([]);
    return { build: id, pipelineExecutionId: latestExecution?.pipelineExecutionId };
  }, patient);
  await client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, abandon: true }));
  expect(await untilEnded()).toMatchObject({ status: 'Stopped' });
  await vi.waitFor(async () => expect(await findMarked(build)).toEqual([]), patient);
});
