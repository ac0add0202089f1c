import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StartPipelineExecutionCommand, StopPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type Chance, createChance } from '../../engine/random.ts';
import type { SpawnedServer } from '../../servers/spawn-server.ts';
import { checkDataFolder } from '../data-folder-check.ts';
import { drawKill } from '../kill-plan.ts';
import { createLedger, type Ledger, note } from '../ledger.ts';
import { readyOrKilled, startServerOn } from '../single-server.ts';
import { createTarget, type Target } from '../target.ts';
import { builtPipelines, createBuiltPipelines, witness } from './built-pipelines.ts';
import { findLeft, judgeBuilds, readBuilds, readExecutions } from './judge-builds.ts';
import { createRunner, type Runner } from './runners.ts';

const callPatienceMs = 10_000;
const settlePatienceMs = 120_000;
/** A build whose runner was killed is offered again after this time. */
const leaseSeconds = 2;
const longestLifeMs = 2500;
const longestAbsenceMs = 1000;
const mostRunning = 6;

export interface BuildsRun {
  root: string;
  seed: number;
  kills: number;
  pipelines: number;
  log?(line: string): void;
}

interface Scene {
  run: BuildsRun;
  chance: Chance;
  folder: string;
  port: number;
  ledger: Ledger;
  target: Target;
  runners: Runner[];
  pipelines: string[];
  starts: Set<string>;
  server?: SpawnedServer;
}

/**
 * Kills the server and two runners at random while pipelines of builds run. Afterwards every execution must have ended
 * with all that its builds made, each action must have had one build, and nothing of a build may be left.
 */
export async function runBuilds(run: BuildsRun): Promise<Ledger> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const runners = ['first', 'second'].map((name) => createRunner({ root: run.root, folder, name, url }));
  const scene: Scene = {
    ...{ run, folder, port, runners },
    chance: createChance(run.seed),
    ledger: createLedger(),
    target: createTarget({ patienceMs: callPatienceMs }),
    pipelines: builtPipelines(run.pipelines),
    starts: new Set(),
  };
  const { ledger, target } = scene;
  const load = { isOver: false };
  let loading: Promise<void> | undefined;
  try {
    await startServer(scene, false);
    await writeSource(join(folder, 'source'));
    await createBuiltPipelines(target, join(folder, 'source'), scene.pipelines);
    for (const runner of runners) runner.start();
    loading = startExecutions(scene, load);
    for (let round = 0; round < run.kills && ledger.violations.length === 0; round += 1) {
      await pause(scene.chance.below(longestLifeMs));
      await kill(scene, round);
    }
    load.isOver = true;
    await loading;
    if (ledger.violations.length === 0) await settle(scene);
    return ledger;
  } finally {
    load.isOver = true;
    target.close();
    await loading;
    for (const runner of runners) await runner.end('SIGKILL');
    if (scene.server?.isRunning()) await scene.server.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts the server; with `mayDie` sometimes so that it kills itself between two steps. */
async function startServer(scene: Scene, mayDie: boolean): Promise<void> {
  const { chance, folder, port, run, target } = scene;
  const drawn = mayDie ? drawKill(chance) : undefined;
  const kill = drawn?.kind === 'point' ? drawn : undefined;
  const options = ['--port', `${port}`, '--runner', 'off', '--lease-seconds', `${leaseSeconds}`];
  const server = startServerOn({ root: run.root, folder: join(folder, 'data') }, { options, kill });
  scene.server = server;
  const url = await readyOrKilled(server);
  if (url === undefined) return restart(scene, 'while starting');
  target.up('server', url);
  void server.exited.then((signal) => {
    if (signal !== 'SIGKILL' || scene.server !== server || !kill) return;
    // The next round starts it again.
    target.down('server');
  });
}

async function restart(scene: Scene, where: string): Promise<void> {
  const { folder, ledger, target } = scene;
  target.down('server');
  note(ledger, `killed the server ${where}`);
  await checkDataFolder(join(folder, 'data'), ledger);
  ledger.violations.push(...target.failures.splice(0));
  await startServer(scene, true);
}

async function kill(scene: Scene, round: number): Promise<void> {
  const { chance, ledger, run, runners, server } = scene;
  if (server && !server.isRunning()) await restart(scene, 'between two steps');
  const victims = chance.oneIn(3) ? ['server'] : [chance.pick(runners)?.name ?? ''];
  if (chance.oneIn(5)) victims.push('server');
  const phases = await phasesNow(scene);
  for (const runner of runners.filter(({ name }) => victims.includes(name))) {
    await runner.end('SIGKILL');
    note(ledger, 'killed a runner');
  }
  for (const phase of phases) note(ledger, `killed during ${phase}`);
  run.log?.(`${round + 1}/${run.kills}: ${victims.join(' and ')}, during ${phases.join() || 'no build'}`);
  if (victims.includes('server') && scene.server) {
    const current = scene.server;
    const ended = await current.end('SIGKILL');
    if (ended !== 'SIGKILL') ledger.violations.push(`the server ended by itself with ${ended}: ${current.log()}`);
    await restart(scene, 'from outside');
  }
  await pause(chance.below(longestAbsenceMs));
  for (const runner of runners) if (!runner.isRunning()) runner.start();
}

/** Returns the phases that builds are in. */
async function phasesNow({ server, target }: Scene): Promise<string[]> {
  if (!server?.isRunning()) return [];
  const builds = await readBuilds(target);
  return builds.flatMap(({ buildComplete, currentPhase }) => (buildComplete ? [] : [currentPhase ?? '']));
}

/** Starts executions while there are few, and abandons some. */
async function startExecutions(scene: Scene, load: { isOver: boolean }): Promise<void> {
  const { ledger, pipelines, run, starts, target } = scene;
  const chance = createChance(run.seed + 1);
  for (let number = 0; !load.isOver; number += 1) {
    const name = chance.pick(pipelines) ?? '';
    const open = (await readExecutions(target, name).catch(() => [])).filter(({ status }) => status === 'InProgress');
    if (open.length < mostRunning / pipelines.length) {
      const input = { name, clientRequestToken: `${run.seed}-${number}` };
      const answer = await target.persist(({ codePipeline }, options) =>
        codePipeline.send(new StartPipelineExecutionCommand(input), options),
      );
      if (answer.kind === 'ok') starts.add(answer.output.pipelineExecutionId ?? '');
      else if (answer.kind === 'refused') ledger.violations.push(`a start was refused: ${answer.message}`);
    } else if (chance.oneIn(30)) {
      const input = { pipelineName: name, pipelineExecutionId: open[0]?.pipelineExecutionId, abandon: true };
      await target.persist(({ codePipeline }, options) =>
        codePipeline.send(new StopPipelineExecutionCommand(input), options),
      );
      note(ledger, 'abandoned an execution');
    }
    await pause(chance.below(200));
  }
}

async function settle(scene: Scene): Promise<void> {
  const { folder, ledger, pipelines, runners, starts, target } = scene;
  if (!scene.server?.isRunning()) await restart(scene, 'between two steps');
  // The server that is there may kill itself once more.
  await scene.server?.end('SIGTERM');
  target.down('server');
  await startServer(scene, false);
  const until = Date.now() + settlePatienceMs;
  for (const name of pipelines) {
    for (;;) {
      const open = (await readExecutions(target, name)).filter(
        ({ status }) => status === 'InProgress' || status === 'Stopping',
      );
      if (open.length === 0) break;
      if (Date.now() > until) {
        ledger.violations.push(
          `${name}: ${open[0]?.pipelineExecutionId} is stuck; ${runners.map((one) => one.log().slice(-2000)).join('\n')}`,
        );
        return;
      }
      await pause(100);
    }
  }
  while ((await phasesNow(scene)).length > 0 && Date.now() < until) await pause(100);
  const { ends, wrong } = await judgeBuilds(target, pipelines, starts);
  ledger.violations.push(...wrong);
  for (const end of ends) note(ledger, `an execution ended as ${end}`);
  for (const runner of runners) {
    const ended = await runner.end('SIGTERM');
    if (ended !== 0)
      ledger.violations.push(`the runner ${runner.name} ended with ${ended}: ${runner.log().slice(-2000)}`);
    const left = (await readdir(runner.workFolder)).filter((name) => name !== 'caches');
    if (left.length > 0) ledger.violations.push(`the runner ${runner.name} left ${left.join()}`);
  }
  ledger.violations.push(...(await findLeft(witness, [folder])).map((text) => `a process is left: ${text}`));
  await scene.server?.end('SIGTERM');
  await checkDataFolder(join(folder, 'data'), ledger);
  ledger.violations.push(...target.failures.splice(0));
}

async function writeSource(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'source.txt'), 'the source\n');
}

/** Returns a port that is free now, so that the server can have it in all of its lives. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
