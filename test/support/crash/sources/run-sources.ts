import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../databases/postgres-server.ts';
import { createChance } from '../../engine/random.ts';
import { startGitServer } from '../../git/git-backend.ts';
import { startCluster } from '../cluster/cluster.ts';
import { killNode } from '../cluster/harm.ts';
import { checkNodes, type Scenery } from '../cluster/run-cluster.ts';
import { createLedger, type Ledger } from '../ledger.ts';
import { createTarget } from '../target.ts';
import { createPipelines, untilWatched, watchingPipelines } from './pipelines.ts';
import { createRepositories, startPusher } from './pusher.ts';
import { receiverSecret, startReceiver } from './receiver.ts';
import { settle } from './settle.ts';

const callPatienceMs = 5000;
/** A node that was killed in a check or a delivery is replaced after this time. */
const leaseSeconds = 3;
const checkSeconds = 1;

export interface SourcesRun {
  root: string;
  seed: number;
  kills: number;
  repositories: number;
  log?(line: string): void;
}

/**
 * Pushes to Git repositories at random while three nodes poll them and are killed one after another, and a receiver of
 * events fails now and then. Afterwards every push must have started what it must, once, and every event must have arrived.
 */
export async function runSources(options: SourcesRun): Promise<Ledger> {
  const { root, seed, kills, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
  const ledger = createLedger();
  const target = createTarget({ patienceMs: callPatienceMs, passingCodes: ['ServiceUnavailable'] });
  const closers: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const names = Array.from({ length: options.repositories }, (_, number) => `repository-${number}`);
    const repositories = join(folder, 'repositories');
    await mkdir(repositories);
    const first = await createRepositories(repositories, names);
    const git = await startGitServer(repositories, {});
    closers.unshift(git.close);
    const receiver = await startReceiver(createChance(seed + 1));
    closers.unshift(receiver.close);
    const resources = join(folder, 'millrace.yaml');
    await writeFile(resources, resourcesOf(names, { git: git.url, receiver: receiver.url }));
    const database = await startPostgres({ isDurable: true });
    closers.unshift(() => database.stop());
    const settings = ['--source-check-seconds', String(checkSeconds), '--resources', resources];
    const cluster = await startCluster(
      { root, folder, target, database, leaseSeconds, options: settings },
      { nodeCount: 3 },
    );
    closers.unshift(() => cluster.end());
    const pipelines = watchingPipelines(names);
    await createPipelines(target, pipelines);
    await untilWatched(cluster.query, pipelines.length);
    const pusher = startPusher(repositories, names, first, createChance(seed + 2));
    closers.unshift(pusher.stop);
    const chance = createChance(seed);
    const scenery: Scenery = { ...options, pipelines: pipelines.length, chance, ledger, target, database, cluster };
    for (let round = 0; round < kills && ledger.violations.length === 0; round += 1) {
      await killNode(scenery);
      checkNodes(scenery);
      ledger.violations.push(...target.failures.splice(0));
      log?.(`${round + 1}/${kills}: ${pusher.pushes.length} pushes, ${receiver.events.length} events`);
    }
    await pusher.stop();
    if (ledger.violations.length === 0) {
      await settle({ target, ledger, pipelines, pushes: pusher.pushes, receiver, quietMs: 3 * checkSeconds * 1000 });
    }
    return ledger;
  } finally {
    target.close();
    for (const close of closers) await close();
  }
}

function resourcesOf(names: string[], urls: { git: string; receiver: string }): string {
  const lines = names.flatMap((name) => [
    `  - name: ${name}`,
    `    url: ${urls.git}/${name}`,
    `    fullRepositoryId: team/${name}`,
  ]);
  const receiver = [
    '  - name: receiver',
    '    type: http',
    `    url: ${urls.receiver}`,
    `    secret: ${receiverSecret}`,
  ];
  return ['repositories:', ...lines, 'eventTargets:', ...receiver, ''].join('\n');
}
