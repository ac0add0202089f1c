// @ts-check
// What ten builds at once cost everybody else on the machine: polls are measured while they compute and while they print
// without end, alternately with polls of an idle server.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { CodePipelineClient, CreateCustomActionTypeCommand } from '@aws-sdk/client-codepipeline';
import { benchmark } from './support/benchmark.mjs';
import { measureAlternately, ratioRow } from './support/comparison.mjs';
import { startMillrace } from './support/millrace.mjs';
import { pollsDuring } from './support/poller.mjs';
import { region, rootKey } from './support/signer.mjs';
import { quantile } from './support/statistics.mjs';
import { actionTypeId } from './support/worker.mjs';

const buildCount = 10;
const sampleMs = 5000;
const lookMs = 200;
const projects = {
  computing: 'while :; do :; done',
  printing: "yes 'a line of the log of a build that prints a lot, and says little with it'",
};

await benchmark('builds', `polls while ${buildCount} builds run`, async (scratch) => {
  const server = await startMillrace(scratch, scratch.folder('data'), {
    options: ['--runner', 'local', '--allow-process-builds', 'on'],
    secrets: {
      MILLRACE_RUNNER_CONCURRENCY: String(buildCount),
      MILLRACE_RUNNER_CAGE: 'process',
      MILLRACE_RUNNER_STOP_GRACE: '0',
      MILLRACE_RUNNER_WORK_FOLDER: scratch.folder('builds'),
    },
  });
  const config = { endpoint: server.url, region, credentials: rootKey };
  const codeBuild = new CodeBuildClient(config);
  const details = { minimumCount: 0, maximumCount: 1 };
  const type = { ...actionTypeId, inputArtifactDetails: details, outputArtifactDetails: details };
  await new CodePipelineClient(config).send(new CreateCustomActionTypeCommand(type));
  for (const [name, command] of Object.entries(projects)) await createProject(codeBuild, name, command);
  const measure = async () => quantile(await pollsDuring(server.url, actionTypeId, () => sleep(sampleMs)), 0.99);
  const { idle, computing, printing } = await measureAlternately({
    idle: measure,
    computing: () => whileBuilding(codeBuild, 'computing', measure),
    printing: () => whileBuilding(codeBuild, 'printing', measure),
  });
  return [
    ratioRow('p99 of a poll in ms, while ten builds compute : idle', computing, idle, { atMost: 2 }),
    ratioRow('p99 of a poll in ms, while ten builds print : idle', printing, idle, { atMost: 2 }),
  ];
});

/** @type {(codeBuild: CodeBuildClient, name: string, command: string) => Promise<void>} */
async function createProject(codeBuild, name, command) {
  const buildspec = `version: 0.2\nphases:\n  build:\n    commands:\n      - ${JSON.stringify(command)}\n`;
  await codeBuild.send(
    new CreateProjectCommand({
      name,
      source: { type: 'NO_SOURCE', buildspec },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      serviceRole: 'arn:aws:iam::123456789012:role/build',
    }),
  );
}

/**
 * Runs `work` while builds are in their phase BUILD, and stops them.
 *
 * @template Result
 * @param {CodeBuildClient} codeBuild
 * @param {keyof typeof projects} projectName
 * @param {() => Promise<Result>} work
 */
async function whileBuilding(codeBuild, projectName, work) {
  /** @type {string[]} */
  const ids = [];
  for (let number = 0; number < buildCount; number += 1) {
    const { build } = await codeBuild.send(new StartBuildCommand({ projectName }));
    ids.push(build?.id ?? '');
  }
  await untilAll(codeBuild, ids, ({ currentPhase }) => currentPhase === 'BUILD');
  try {
    return await work();
  } finally {
    for (const id of ids) await codeBuild.send(new StopBuildCommand({ id }));
    await untilAll(codeBuild, ids, ({ buildComplete }) => buildComplete === true);
  }
}

/** @type {(codeBuild: CodeBuildClient, ids: string[], isSo: (build: import('@aws-sdk/client-codebuild').Build) => boolean) => Promise<void>} */
async function untilAll(codeBuild, ids, isSo) {
  for (;;) {
    const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids }));
    if (builds.length === ids.length && builds.every(isSo)) return;
    await sleep(lookMs);
  }
}
