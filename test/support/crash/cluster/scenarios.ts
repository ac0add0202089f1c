import type { Ledger } from '../ledger.ts';
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts';
import { cutNodeOff, freezeNode, killDatabase, killNode } from './harm.ts';
import { type ClusterRun, runCluster, type Scenery } from './run-cluster.ts';

/** Kills the database or one of two nodes. */
export function runDatabaseKills(options: ClusterRun): Promise<Ledger> {
  const harm = (scenery: Scenery) => (scenery.chance.oneIn(2) ? killDatabase(scenery) : killNode(scenery));
  return runCluster(options, { nodeCount: 2, harm });
}

/** Freezes one of three nodes. */
export function runFrozen(options: ClusterRun): Promise<Ledger> {
  return runCluster(options, { nodeCount: 3, harm: freezeNode });
}

/** Cuts one of three nodes off from the database. */
export function runCutOff(options: ClusterRun): Promise<Ledger> {
  return withProxy(options, cutNodeOff);
}

/** Runs all of these, one after another. */
export function runAllHarm(options: ClusterRun): Promise<Ledger> {
  const harms = [killDatabase, freezeNode, killNode, cutNodeOff];
  let round = 0;
  return withProxy(options, async (scenery, proxy) => {
    const harm = harms[round % harms.length];
    round += 1;
    await harm?.(scenery, proxy);
  });
}

/** Three nodes, the last of which has its own proxy to the database. */
function withProxy(
  options: ClusterRun,
  harm: (scenery: Scenery, proxy: DatabaseProxy) => Promise<void>,
): Promise<Ledger> {
  let proxy: DatabaseProxy | undefined;
  return runCluster(options, {
    nodeCount: 3,
    async databaseUrls({ url }) {
      proxy = await openDatabaseProxy(url);
      return [undefined, undefined, proxy.url];
    },
    async harm(scenery) {
      if (proxy) await harm(scenery, proxy);
    },
    end: () => proxy?.close(),
  });
}
