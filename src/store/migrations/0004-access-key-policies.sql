-- What a key may do: a JSON list of policy documents and names of managed policies. Keys made before have none.
alter table access_keys add column policies text not null default '[]';
