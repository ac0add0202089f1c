// @ts-check
// What a build that prints a gigabyte costs everybody else: polls are measured while a runner performs it, alternately with
// polls of an idle server.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  CreateProjectCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild';
import { CodePipelineClient, CreateCustomActionTypeCommand } from '@aws-sdk/client-codepipeline';
import { benchmark } from './support/benchmark.mjs';
import { ratioRow, valueRow } from './support/comparison.mjs';
import { startMillrace } from './support/millrace.mjs';
import { pollsDuring } from './support/poller.mjs';
import { region, rootKey } from './support/signer.mjs';
import { median, quantile } from './support/statistics.mjs';
import { actionTypeId } from './support/worker.mjs';

const mebibytes = Number(process.env.BENCH_LOG_MIB ?? 1024);
const idleMs = 10_000;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const lookMs = 250;
const projectName = 'printer';

const buildspec = `version: 0.2
phases:
  build:
    commands:
      - yes 'a line of the log of a build that prints a lot, and says little with it' | head -c ${mebibytes}M
`;

await benchmark('logs', `polls while a build prints ${mebibytes} MiB`, async (scratch) => {
  const options = ['--runner', 'local', '--allow-process-builds', 'on'];
  const server = await startMillrace(scratch, scratch.folder('data'), { options, profile: 'logging' });
  const config = { endpoint: server.url, region, credentials: rootKey };
  const codeBuild = new CodeBuildClient(config);
  await createType(config);
  await createProject(codeBuild);
  /** @type {Record<'idle' | 'printing', number[]>} */
  const p99 = { idle: [], printing: [] };
  /** @type {{ ms: number, cpuMs: number }[]} */
  const builds = [];
  const rss = [server.residentMib()];
  const watch = setInterval(() => rss.push(server.residentMib()), 250);
  for (let round = 0; round <= rounds; round += 1) {
    const idle = await pollsDuring(server.url, actionTypeId, () => sleep(idleMs));
    const startedAt = performance.now();
    const cpuBefore = server.cpuMs();
    const printing = await pollsDuring(server.url, actionTypeId, () => runBuild(codeBuild));
    if (round === 0) continue;
    builds.push({ ms: performance.now() - startedAt, cpuMs: server.cpuMs() - cpuBefore });
    p99.idle.push(quantile(idle, 0.99));
    p99.printing.push(quantile(printing, 0.99));
  }
  clearInterval(watch);
  return [
    ratioRow('p99 of a poll in ms, while printing : idle', p99.printing, p99.idle, { atMost: 2 }),
    valueRow('a build, seconds', median(builds.map(({ ms }) => ms)) / 1000),
    valueRow(
      'computing of the server meanwhile, polls included, seconds',
      median(builds.map(({ cpuMs }) => cpuMs)) / 1000,
    ),
    valueRow('memory of the server, most MiB', Math.max(...rss)),
  ];
});

/** @param {import('@aws-sdk/client-codepipeline').CodePipelineClientConfig} config */
async function createType(config) {
  const details = { minimumCount: 0, maximumCount: 1 };
  const type = { ...actionTypeId, inputArtifactDetails: details, outputArtifactDetails: details };
  await new CodePipelineClient(config).send(new CreateCustomActionTypeCommand(type));
}

/** @param {CodeBuildClient} codeBuild */
async function createProject(codeBuild) {
  await codeBuild.send(
    new CreateProjectCommand({
      name: projectName,
      source: { type: 'NO_SOURCE', buildspec },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      serviceRole: 'arn:aws:iam::123456789012:role/printer',
    }),
  );
}

/** Runs a build to its end. @param {CodeBuildClient} codeBuild */
async function runBuild(codeBuild) {
  const { build } = await codeBuild.send(new StartBuildCommand({ projectName }));
  for (;;) {
    const { builds = [] } = await codeBuild.send(new BatchGetBuildsCommand({ ids: [build?.id ?? ''] }));
    const status = builds[0]?.buildStatus;
    if (status === 'SUCCEEDED') return;
    if (status !== 'IN_PROGRESS') throw new Error(`the build ended with ${status}`);
    await sleep(lookMs);
  }
}
