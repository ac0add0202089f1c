import type { Scope } from '../model/pipeline.ts';
import type { Announcement } from '../model/stored-event.ts';
import { mayMatch } from './partial-match.ts';
import { compilePattern, type EventPattern } from './patterns.ts';

interface Parts {
  /** Lists the patterns of enabled rules, of all accounts and Regions. */
  listPatterns(): Promise<(Scope & { eventPattern: string })[]>;
  /** Calls `listener` when rules have changed. */
  onChange(listener: () => void): void;
  now(): number;
  /** How old the patterns may be if a notification of a change was lost, in ms. */
  maxAgeMs: number;
}

/** Selects events that some rule wants, so that others cost nothing. */
export interface WantedEvents {
  /** Returns the wanted ones of some events. */
  select(announcements: Announcement[]): Promise<Announcement[]>;
  /** Lists the accounts and Regions of rules that might want an event of which only these members are known. */
  whereWanted(part: object): Promise<Scope[]>;
}

interface ScopePatterns extends Scope {
  patterns: { pattern: EventPattern; parsed: object }[];
}

interface Patterns {
  readAt: number;
  byScope: Map<string, ScopePatterns>;
}

/** Creates the selection over the patterns of all rules, which are kept until they change. */
export function createWantedEvents({ listPatterns, onChange, now, maxAgeMs }: Parts): WantedEvents {
  let kept: Promise<Patterns> | undefined;
  onChange(() => {
    kept = undefined;
  });
  const read = async (): Promise<Patterns> => {
    const readAt = now();
    const byScope: Patterns['byScope'] = new Map();
    for (const { eventPattern, account, region } of await listPatterns()) {
      const ofScope = byScope.get(keyOf({ account, region })) ?? { account, region, patterns: [] };
      ofScope.patterns.push({ pattern: compilePattern(eventPattern), parsed: JSON.parse(eventPattern) as object });
      byScope.set(keyOf({ account, region }), ofScope);
    }
    return { readAt, byScope };
  };
  const current = (): Promise<Patterns> => {
    if (kept) return kept;
    const reading = read();
    kept = reading;
    // A failed read is not kept.
    reading.catch(() => {
      if (kept === reading) kept = undefined;
    });
    return reading;
  };
  const fresh = async (): Promise<Patterns> => {
    const found = await current();
    const age = now() - found.readAt;
    if (age >= 0 && age <= maxAgeMs) return found;
    kept = undefined;
    return current();
  };
  return {
    async select(announcements) {
      const wanted: Announcement[] = [];
      const { byScope } = await fresh();
      for (const announcement of announcements) {
        const patterns = byScope.get(keyOf(announcement))?.patterns ?? [];
        if (patterns.length === 0) continue;
        const event = eventOf(announcement);
        if (patterns.some(({ pattern }) => pattern.matches(event))) wanted.push(announcement);
      }
      return wanted;
    },
    async whereWanted(part) {
      const scopes = [...(await fresh()).byScope.values()];
      return scopes
        .filter(({ patterns }) => patterns.some(({ parsed }) => mayMatch(parsed, part)))
        .map(({ account, region }) => ({ account, region }));
    },
  };
}

function keyOf({ account, region }: Scope): string {
  return `${account}/${region}`;
}

/** The id is not known yet; a pattern that names one selects nothing. */
function eventOf({ at, pipelineId: _, ...event }: Announcement): object {
  return { version: '0', id: '', time: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'), ...event };
}
