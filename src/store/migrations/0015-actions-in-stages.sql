-- A job result looks at the stage its execution is inside of, and at single actions of the stages before it.
create index action_executions_in_stage on action_executions (execution_id, stage_name, action_name, sequence);
