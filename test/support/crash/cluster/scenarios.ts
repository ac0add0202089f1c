import type { Ledger } from '../ledger.ts';
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts';
import { cutNodeOff, freezeNode, killDatabase, killNode } from './harm.ts';
import { type ClusterRun, runCluster, type Scenery } from './run-cluster.ts';

/** The database or one of two nodes is killed. */
export function runDatabaseKills(asked: ClusterRun): Promise<Ledger> {
  const harm = (scenery: Scenery) => (scenery.chance.oneIn(2) ? killDatabase(scenery) : killNode(scenery));
  return runCluster(asked, { nodeCount: 2, harm });
}

/** One of three nodes is frozen. */
export function runFrozen(asked: ClusterRun): Promise<Ledger> {
  return runCluster(asked, { nodeCount: 3, harm: freezeNode });
}

/** One of three nodes is cut off from the database. */
export function runCutOff(asked: ClusterRun): Promise<Ledger> {
  return withProxy(asked, cutNodeOff);
}

/** All of these, one after the other. */
export function runAllHarm(asked: ClusterRun): Promise<Ledger> {
  const harms = [killDatabase, freezeNode, killNode, cutNodeOff];
  let round = 0;
  return withProxy(asked, async (scenery, proxy) => {
    const harm = harms[round % harms.length];
    round += 1;
    await harm?.(scenery, proxy);
  });
}

/** Three nodes, of which the last one has a way of its own to the database. */
function withProxy(
  asked: ClusterRun,
  harm: (scenery: Scenery, proxy: DatabaseProxy) => Promise<void>,
): Promise<Ledger> {
  let proxy: DatabaseProxy | undefined;
  return runCluster(asked, {
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
