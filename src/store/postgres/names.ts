import { changingOne, dialect } from './dialect.ts';
import type { NamedStatement } from './messages.ts';

/** Names statements, each of which a connection prepares once. */
export interface Names {
  of(sql: string): NamedStatement;
  /** Rewrites a write so that it fails unless it changes one row. */
  ofChangingOne(sql: string): NamedStatement;
}

export function createNames(): Names {
  return { of: prepareBy(dialect, 's'), ofChangingOne: prepareBy(changingOne, 'o') };
}

function prepareBy(rewrite: (sql: string) => string, prefix: string): (sql: string) => NamedStatement {
  const known = new Map<string, NamedStatement>();
  return (sql) => {
    const found = known.get(sql);
    if (found) return found;
    const made = { name: `${prefix}${known.size}`, text: rewrite(sql) };
    known.set(sql, made);
    return made;
  };
}
