-- A claim changes no column that an index names, so that PostgreSQL adds nothing to any index (a HOT update). A job leaves
-- this index when it is acknowledged or ends.
drop index jobs_offered;
create index jobs_offered on jobs (queue, query_value, sequence)
  where winning_nonce is null and deadline_at is not null;

-- Such an update needs room on the row's own page.
{{on postgres}} alter table jobs set (fillfactor = 90);
{{on postgres}} alter table action_executions set (fillfactor = 80);

-- PostgreSQL parses the checks of a table again for each statement that writes to it, and looks up each reference by a
-- statement of its own, which also writes a lock into the row it finds: together a quarter of what it computed for a job.
-- SQLite keeps all of these, and the same code writes there.
{{on postgres}} alter table jobs
  drop constraint if exists jobs_status_check,
  drop constraint if exists jobs_check,
  drop constraint if exists jobs_check1,
  drop constraint if exists jobs_action_execution_id_fkey;
{{on postgres}} alter table job_events drop constraint if exists job_events_kind_check;
{{on postgres}} alter table action_executions
  drop constraint if exists action_executions_status_check,
  drop constraint if exists action_executions_is_retried_check,
  drop constraint if exists action_executions_execution_id_fkey,
  drop constraint if exists action_executions_condition_id_fkey;
{{on postgres}} alter table stage_executions
  drop constraint if exists stage_executions_status_check,
  drop constraint if exists stage_executions_is_locking_check,
  drop constraint if exists stage_executions_execution_id_fkey;
{{on postgres}} alter table executions
  drop constraint if exists executions_execution_mode_check,
  drop constraint if exists executions_status_check,
  drop constraint if exists executions_has_lapsed_check,
  drop constraint if exists executions_pipeline_id_fkey;
