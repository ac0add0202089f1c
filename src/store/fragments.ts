/**
 * SQL conditions that look redundant and are written for a query planner.
 *
 * PostgreSQL assumes that a partial index that was empty when statistics were collected costs nothing, and then uses it
 * for any query that its predicate allows: to end a job by its id, it read all open jobs. Migration 0017 therefore added
 * a comparison with '' to the predicate of each partial index. It is true for every row, and only the statements that
 * are meant to use the index contain it. The columns may be prefixed with a table alias.
 */

/** Matches jobs that are offered now or will be when a lease or a delay ends, through `jobs_offered`. */
export const isOffered = 'winning_nonce is null and deadline_at is not null';

/** Matches open jobs, through `jobs_by_deadline`. */
export const openByDeadline = "deadline_at is not null and queue <> ''";

/** Matches open jobs of an execution, through `jobs_by_execution`. */
export const openByExecution = "deadline_at is not null and execution_id <> ''";

/** Matches open jobs in the order of the queue, through `jobs_open`. */
export function openInOrder(alias: string): string {
  return `${alias}.deadline_at is not null and ${alias}.action_execution_id <> ''`;
}

/** Matches builds that have not ended, through `builds_open`. */
export const openBuilds = "status = 'IN_PROGRESS' and project <> ''";

/** Checks the account of an open build; takes one parameter. Any index on accounts also has those that have ended. */
export const openBuildOfAccount = "account || '' = ?";

/** Matches builds that have ended, through `builds_by_end`. */
export const endedBuilds = "ended_at is not null and project <> ''";

/** Checks that a build belongs to no job, or to one that is open. */
export const hasOpenJob = `(job_id is null or exists (
  select 1 from jobs where jobs.id = builds.job_id and jobs.deadline_at is not null))`;

/** Matches executions that have not ended, through `executions_running`. */
export function isRunning(alias?: string): string {
  const prefix = alias === undefined ? '' : `${alias}.`;
  return `${prefix}status in ('InProgress', 'Stopping') and ${prefix}trigger_type <> ''`;
}

/**
 * Checks that a row found by its id belongs to a pipeline; takes one parameter. An expression can't use an index: without
 * statistics PostgreSQL may search all rows of the pipeline for the id.
 */
export function inPipeline(column: string): string {
  return `${column} || '' = ?`;
}

/**
 * Compares columns with values as a range, for `order by … desc limit 1` over the same columns. With plain equality
 * PostgreSQL may walk the rows of all pipelines in the order of their sequence, expecting to meet a match soon.
 */
export function inRange(columns: string, values: string): string {
  return `(${columns}) >= (${values}) and (${columns}) <= (${values})`;
}

/**
 * Matches a pipeline's rows before a sequence, newest first if ordered by both columns descending; takes the pipeline
 * twice, then the sequence. The range keeps PostgreSQL on the pipeline's own index: to find the few rows of a quiet
 * pipeline it may otherwise read those of all others.
 */
export function olderInPipeline(prefix = ''): string {
  return `${prefix}pipeline_id >= ? and (${prefix}pipeline_id, ${prefix}sequence) < (?, ?)`;
}
