import { join } from 'node:path';
import pg from 'pg';
import type { PostgresServer } from '../../databases/postgres-server.ts';
import { account, rootKey } from '../../requests/client-config.ts';
import type { SpawnedServer } from '../../servers/spawn-server.ts';
import type { Query } from '../row-check.ts';
import { type StartOptions, startServerOn } from '../single-server.ts';
import type { Target } from '../target.ts';

/** Nodes with one database and one object store. */
export interface Cluster {
  nodes: Node[];
  /** Reads rows directly from the database. */
  query: Query;
  end(): Promise<void>;
}

export interface Node {
  name: string;
  readonly server: SpawnedServer;
  readonly url: string;
  /** Restarts a node and updates the target. */
  restart(kill?: StartOptions['kill']): Promise<void>;
}

export interface ClusterPlace {
  root: string;
  folder: string;
  target: Target;
  database: PostgresServer;
  leaseSeconds: number;
  /** Further options of the nodes. */
  options?: string[];
}

/**
 * Starts a store and the nodes; `databaseUrls` are the database URLs of nodes with their own
 * route to it.
 */
export async function startCluster(
  place: ClusterPlace,
  { nodeCount, databaseUrls = [] }: { nodeCount: number; databaseUrls?: (string | undefined)[] },
): Promise<Cluster> {
  const { root, folder, database } = place;
  const store = startServerOn({ root, folder: join(folder, 'store') }, {});
  const storeUrl = await store.ready;
  const nodes = Array.from({ length: nodeCount }, (_, number) =>
    createNode(place, { name: `node-${number}`, storeUrl, databaseUrl: databaseUrls[number] ?? database.url }),
  );
  const [first, ...others] = nodes;
  // The first node creates the keys; nodes that join a database never do.
  await first?.restart();
  await Promise.all(others.map((node) => node.restart()));
  return {
    nodes,
    query: (sql) => queryOnce(database.url, sql),
    async end() {
      await Promise.all([store, ...nodes.map(({ server }) => server)].map((server) => server.end('SIGKILL')));
    },
  };
}

function createNode(
  { root, folder, target, leaseSeconds, options: further = [] }: ClusterPlace,
  { name, storeUrl, databaseUrl }: { name: string; storeUrl: string; databaseUrl: string },
): Node {
  const options = [
    ...['--lease-seconds', String(leaseSeconds)],
    ...['--continuation-delay-seconds', '0.05'],
    ...['--poll-wait-seconds', '0.3'],
    ...['--database-timeout-seconds', '1'],
    ...['--master-keys', join(folder, 'master-keys.json')],
    ...['--artifact-store', storeUrl],
    ...further,
  ];
  const env = {
    MILLRACE_DATABASE_URL: databaseUrl,
    MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID: rootKey.accessKeyId,
    MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    MILLRACE_ACCOUNT: account,
  };
  let server: SpawnedServer | undefined;
  let url = '';
  return {
    name,
    get server() {
      if (!server) throw new Error(`${name} has not been started`);
      return server;
    },
    get url() {
      return url;
    },
    async restart(kill) {
      server = startServerOn({ root, folder: join(folder, name) }, { options, kill, env });
      url = await server.ready;
      target.up(name, url);
    },
  };
}

async function queryOnce(connectionString: string, sql: string): ReturnType<Query> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
