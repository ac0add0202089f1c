import pg from 'pg';
import type { HeldPipeline } from '../../conformance/bench.ts';

/** A separate connection that locks rows in a PostgreSQL database, one at a time. */
export interface PipelineHolder {
  hold(pipelineId: string): Promise<HeldPipeline>;
  holdBucket(name: string): Promise<HeldPipeline>;
  close(): Promise<void>;
}

/** Each takes a millisecond or two, so this is more than enough. */
const mostAttempts = 5000;

const waiters = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

/** Opens the connection. */
export async function openHolder(url: string): Promise<PipelineHolder> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const hold = async (select: string, value: string): Promise<HeldPipeline> => {
    await client.query('begin');
    await client.query(`${select} for update`, [value]);
    return { untilWaiting: (transactions) => untilWaiting(client, transactions), release: () => commit(client) };
  };
  return {
    hold: (pipelineId) => hold('select id from pipelines where id = $1', pipelineId),
    holdBucket: (name) => hold('select name from object_buckets where name = $1', name),
    close: () => client.end(),
  };
}

async function untilWaiting(client: pg.Client, transactions: number): Promise<void> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    // Otherwise the result stays the same within a transaction.
    await client.query('select pg_stat_clear_snapshot()');
    const { rows } = await client.query(waiters);
    if (rows.length >= transactions) return;
  }
  throw new Error(`${transactions} transactions do not wait for the row`);
}

async function commit(client: pg.Client): Promise<void> {
  await client.query('commit');
}
