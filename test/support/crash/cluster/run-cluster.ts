import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../../databases/postgres-server.ts';
import { type Chance, createChance } from '../../engine/random.ts';
import { checkEverything } from '../final-check.ts';
import { copyOf, createLedger, type Ledger, untilMoreResults } from '../ledger.ts';
import { type Load, startLoad } from '../load.ts';
import { mills, prepareMills } from '../mill.ts';
import { checkRows } from '../row-check.ts';
import { createTarget, type Target } from '../target.ts';
import { type Cluster, type ClusterPlace, startCluster } from './cluster.ts';

/** Longer than any intended wait, shorter than a client's timeout. */
const callPatienceMs = 2000;
const drainPatienceMs = 90_000;

export const leaseSeconds = 0.5;

/** Concurrent executions per pipeline: few make progress during the failures, and all must end. */
const mostRunning = 2;

export interface ClusterRun {
  root: string;
  seed: number;
  kills: number;
  pipelines: number;
  log?(line: string): void;
}

/** The parts that a failure scenario uses. */
export interface Scenery extends ClusterRun {
  chance: Chance;
  ledger: Ledger;
  target: Target;
  database: PostgresServer;
  cluster: Cluster;
}

export interface ClusterScenario {
  nodeCount: number;
  /** Each node's own proxy to the database, if it has one. */
  databaseUrls?(database: PostgresServer): Promise<(string | undefined)[]>;
  /** One round of failures, after which everything runs again. */
  harm(scenery: Scenery): Promise<void>;
  end?(): void;
}

/** Runs rounds of failures on a cluster under load, and compares like `runKills`. */
export async function runCluster(options: ClusterRun, scenario: ClusterScenario): Promise<Ledger> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-crash-'));
  const target = createTarget({ patienceMs: callPatienceMs, passingCodes: ['ServiceUnavailable'] });
  const ledger = createLedger();
  const all = mills(options.pipelines);
  let database: PostgresServer | undefined;
  let cluster: Cluster | undefined;
  let load: Load | undefined;
  try {
    database = await startPostgres({ isDurable: true });
    const place: ClusterPlace = { root: options.root, folder, target, database, leaseSeconds };
    cluster = await startCluster(place, {
      nodeCount: scenario.nodeCount,
      databaseUrls: await scenario.databaseUrls?.(database),
    });
    await prepareMills(target, all);
    load = startLoad({ target, ledger, mills: all, seed: options.seed, leaseMs: leaseSeconds * 1000, mostRunning });
    const scenery: Scenery = { ...options, chance: createChance(options.seed), ledger, target, database, cluster };
    for (let round = 0; round < options.kills && isWhole(scenery); round += 1) {
      await scenario.harm(scenery);
      await untilMoreResults(ledger, 'after the harm');
      await checkRows(cluster.query, copyOf(ledger));
      checkNodes(scenery);
      options.log?.(`${round + 1}/${options.kills}: ${ledger.executions.size} executions, ${ledger.jobs.size} jobs`);
    }
    if (isWhole(scenery)) await settle(scenery, load);
    return ledger;
  } finally {
    target.close();
    await load?.end();
    scenario.end?.();
    await cluster?.end();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reports whether there is no violation yet. */
function isWhole({ ledger, target }: Scenery): boolean {
  ledger.violations.push(...target.failures.splice(0));
  return ledger.violations.length === 0;
}

/** All nodes must run after a round: no failure of a dependency may end a node. */
export function checkNodes({ cluster, ledger }: Scenery): void {
  for (const { name, server } of cluster.nodes) {
    if (!server.isRunning()) ledger.violations.push(`${name} ended by itself: ${server.log().slice(-2000)}`);
  }
}

async function settle(scenery: Scenery, load: Load): Promise<void> {
  const { ledger, cluster, target } = scenery;
  const stuck = await load.drain(drainPatienceMs);
  ledger.violations.push(...stuck.map((text) => `stuck: ${text}`));
  await load.end();
  if (!isWhole(scenery)) return;
  await checkEverything(load.context);
  await checkRows(cluster.query, ledger);
  ledger.violations.push(...target.failures.splice(0));
}
