-- What a key may do at most: a JSON list of the callers that made it, as they were then. Keys made before have no bounds.
alter table access_keys add column bounds text not null default '[]';
