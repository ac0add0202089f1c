-- PostgreSQL takes a partial index that was empty when its statistics were taken for free, and then asks it whatever its
-- predicate allows: by its id it ended a job by reading all open ones. Each of these has a predicate that only the
-- statements have for which it is meant; what it adds is true of every row.
drop index jobs_by_execution;
create index jobs_by_execution on jobs (execution_id, sequence) where deadline_at is not null and execution_id <> '';
drop index jobs_by_deadline;
create index jobs_by_deadline on jobs (deadline_at) where deadline_at is not null and queue <> '';
drop index jobs_open;
create index jobs_open on jobs (sequence) where deadline_at is not null and action_execution_id <> '';
drop index executions_running;
create index executions_running on executions (pipeline_id)
  where status in ('InProgress', 'Stopping') and trigger_type <> '';

-- Nothing asks for the approvals of one pipeline any more.
drop index action_executions_waiting;
