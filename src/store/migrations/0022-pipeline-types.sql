-- What ListPipelines shows of a declaration, so that it reads no declarations; null in versions from before.
alter table pipeline_versions add column pipeline_type text;
alter table pipeline_versions add column execution_mode text;
