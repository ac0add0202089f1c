-- What the rules need to know about a built-in type, as JSON; null when there is nothing. Every start of a server writes
-- the built-in types again.
alter table action_types add column attributes text;
