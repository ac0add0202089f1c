import type { Database } from '../../../src/store/database.ts';
import { firstInstant } from '../engine/test-clock.ts';
import { pipelineOf, twoStages } from '../pipelines/declarations.ts';

/** The pipeline with the long history. */
export const longPipeline = pipelineOf(twoStages(), { id: 'long' });

/** The end of the history that `fillHistory` writes, in ms. */
export const historyEnd = firstInstant + 20_000_000;

/**
 * Inserts 20,000 ended executions of `twoStages` as rows: one ended per second. Each passed `Source`, every hundredth
 * has succeeded in `Build`, the others failed there. Ids are `e1` … and `f1`, `c1` for actions. As many builds `mill:1` …
 * have ended.
 */
export async function fillHistory(database: Database): Promise<void> {
  const { id, account, region, name } = longPipeline;
  const outcome = "case when n % 100 = 0 then 'Succeeded' else 'Failed' end";
  const from = `with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 20000)
    select * from (select n, ? as pipeline, ${firstInstant} + n * 1000 as at from counted) where true`;
  const columns = (table: string, names: string, values: string) =>
    `insert into ${table} (${names}) ${from.replace('*', values)}`;
  await database.write(async (sql) => {
    await sql.run(
      `insert into pipelines (id, account, region, name, version, tags, created_at, updated_at)
       values (?, ?, ?, ?, 1, '{}', ${firstInstant}, ${firstInstant})`,
      id,
      account,
      region,
      name,
    );
    await sql.run(
      'insert into pipeline_versions (pipeline_id, version, declaration) values (?, 1, ?)',
      id,
      JSON.stringify(twoStages()),
    );
    await sql.run(
      columns(
        'executions',
        'id, pipeline_id, pipeline_version, execution_mode, status, trigger_type, variables, revisions, started_at, updated_at',
        `'e' || n, pipeline, 1, 'SUPERSEDED', ${outcome}, 'CreatePipeline', '[]', '[]', at, at`,
      ),
      id,
    );
    for (const [stage, status] of [
      ['Source', "'Succeeded'"],
      ['Build', outcome],
    ]) {
      const passage = `'e' || n, pipeline, 1, n, '${stage}', ${status}, 0, at, at`;
      const names =
        'execution_id, pipeline_id, pipeline_version, execution_sequence, stage_name, status, is_locking, started_at, updated_at';
      await sql.run(columns('stage_executions', names, passage), id);
    }
    await sql.run(
      columns('events', 'execution_id, happened_at, kind, state, attempt', "'e' || n, at, 'pipeline', 'SUCCEEDED', 1"),
      id,
    );
    const start = JSON.stringify({ outputArtifacts: [] });
    for (const [stage, action, letter] of [
      ['Source', 'Fetch', 'f'],
      ['Build', 'Compile', 'c'],
    ]) {
      const names =
        'id, execution_id, pipeline_id, stage_name, action_name, status, start, progress, started_at, updated_at';
      const attempt = `'${letter}' || n, 'e' || n, pipeline, '${stage}', '${action}', 'Succeeded', '${start}', '{}', at, at`;
      await sql.run(columns('action_executions', names, attempt), id);
    }
    await sql.run(
      columns(
        'builds',
        'account, region, id, kind, project, number, build_order, status, started_at, ended_at, deadline_at, timeout_ms',
        `'${account}', '${region}', 'mill:' || n, 'CodeBuild', 'mill', n, '{}', 'SUCCEEDED', at, at, at, 0`,
      ),
      id,
    );
  });
}
