import type { TriggerFilters } from '../engine/triggers/filters.ts';
import type { RefChange } from '../model/sources/repository-event.ts';
import type { CheckFinding, WaitingEvent } from '../model/sources/repository-hook.ts';
import type { PullRequestEvent } from '../model/sources/source-ref.ts';
import { parseRef } from '../model/sources/source-ref.ts';
import type { FoundRef } from '../model/sources/source-watch.ts';
import type { DueWatch } from '../store/store.ts';

/** What a check did about a branch, a tag or an event of a pull request, or about all of a watch. */
interface Note {
  /** The full name of the ref, or `subjectOf` the pull request; absent if it concerns all. */
  subject?: string;
  /** A sentence. */
  message: string;
  executionId?: string;
  /** The commit that an earlier check had found at the ref. */
  older?: string;
  /** Whether a later check decides. */
  isUndecided?: boolean;
}

interface Listing {
  branch: string;
  filters: TriggerFilters;
  refs: Map<string, string>;
}

/** Gathers what a check did for each of its watches, and assigns to each event of a hook what concerns its refs. */
export interface CheckReport {
  note(watch: DueWatch, note: Note): void;
  isNoted(watch: DueWatch, message: string): boolean;
  /** Remembers what the repository has, for events whose refs have not moved. */
  listed(watches: (Omit<Listing, 'refs'> & { watch: DueWatch })[], refs: FoundRef[]): void;
  /** Returns the findings for an event, one at least for each watch, and whether a later check has to add some. */
  findingsFor(
    event: WaitingEvent,
    watches: DueWatch[],
    result: { isDelayed: boolean; isFailed: boolean },
  ): Generator<undefined, { findings: CheckFinding[]; isPending: boolean }>;
}

/** The most findings of a watch that are kept. */
const mostFindings = 20;

export function createCheckReport(): CheckReport {
  const notes = new Map<DueWatch, Map<string, Note>>();
  const listings = new Map<DueWatch, Listing>();
  const noted = (watch: DueWatch) => [...(notes.get(watch)?.values() ?? [])];
  return {
    note(watch, note) {
      const found = notes.get(watch) ?? new Map<string, Note>();
      notes.set(watch, found.set(note.subject ?? '', note));
    },
    isNoted: (watch, message) => noted(watch).some((note) => note.message === message),
    listed(watches, refs) {
      const byName = new Map(refs.map(({ name, commit }) => [name, commit]));
      for (const { watch, branch, filters } of watches) listings.set(watch, { branch, filters, refs: byName });
    },
    *findingsFor(event, watches, { isDelayed, isFailed }) {
      const findings: CheckFinding[] = [];
      let isPending = false;
      for (const watch of watches) {
        const kept = event.results.filter((result) => result.executionId !== undefined && isOf(watch, result));
        const { own, others } = yield* notesFor(event, {
          watch,
          notes: notes.get(watch),
          listing: listings.get(watch),
        });
        const isOpen = own.length === 0 && event.pullRequest !== undefined && (isDelayed || isFailed);
        isPending ||= isOpen || own.some(({ subject, isUndecided }) => isUndecided || (!subject && isFailed));
        // What an earlier check has started for this event is its result, though its refs are no news any more.
        const added = kept.length > 0 ? own : [...own, ...others];
        if (kept.length + added.length === 0) added.push(unmoved(watch));
        const shown = added.map(({ message, executionId }) => ({ ...named(watch), message, executionId }));
        findings.push(...[...kept, ...shown].slice(0, mostFindings));
      }
      return { findings, isPending };
    },
  };
}

/** Returns how an event of a pull request is named in a report. */
export function subjectOf({ event, id, headCommit }: PullRequestEvent): string {
  return `${event} ${id} ${headCommit}`;
}

/** Chooses what concerns an event, and explains why nothing was done about its other refs. */
function* notesFor(
  { changes, changeCount, pullRequest }: WaitingEvent,
  { watch, notes = new Map(), listing }: { watch: DueWatch; notes?: Map<string, Note>; listing?: Listing },
): Generator<undefined, { own: Note[]; others: Note[] }> {
  const general = notes.get('');
  if (pullRequest) {
    const note = notes.get(subjectOf(pullRequest)) ?? general;
    return { own: note ? [note] : [], others: [] };
  }
  const own: Note[] = [];
  const others: Note[] = [];
  for (const change of changes) {
    yield;
    const { ref, after } = change;
    const note = notes.get(ref);
    if (note && (note.older === undefined || note.older !== after)) own.push(note);
    else if (note) others.push({ message: `${ref}: ${knownMessage}` });
    else if (!general && listing) others.push({ message: yield* explain(change, watch, listing) });
  }
  // Of a large push not all refs are known.
  if (changes.length < Math.max(changeCount, 1)) {
    const isNamed = new Set(changes.map(({ ref }) => ref));
    own.push(...[...notes.values()].filter(({ subject }) => subject?.startsWith('refs/') && !isNamed.has(subject)));
  }
  if (general && own.length === 0) own.push(general);
  return { own, others };
}

const knownMessage = 'Nothing was started: an earlier check had found this commit.';

/** Says why a check has done nothing about a ref. */
function* explain(
  { ref, after }: RefChange,
  { trigger }: DueWatch,
  { branch, filters, refs }: Listing,
): Generator<undefined, string> {
  const nothing = `${ref}: Nothing was started:`;
  const name = parseRef(ref);
  const verdict = name && (yield* filters.ofRef(name));
  if (!verdict || ('isPassing' in verdict && !verdict.isPassing)) {
    return trigger
      ? `${nothing} its name does not pass the trigger.`
      : `${nothing} the source action uses the branch '${branch}'.`;
  }
  if (after === undefined) return `${nothing} it was deleted.`;
  const commit = refs.get(ref);
  if (commit === undefined) return `${nothing} the repository does not have it.`;
  return commit === after
    ? `${ref}: ${knownMessage}`
    : `${nothing} it is at ${commit}, which an earlier check had found.`;
}

function unmoved(watch: DueWatch): Note {
  const what = watch.trigger
    ? 'no branch, tag or pull request that passes the trigger has changed'
    : `the branch '${watch.git?.branch}' has not moved`;
  return { message: `Nothing was started: ${what}.` };
}

function named({ pipeline, actionName }: DueWatch): { pipeline: string; action: string } {
  return { pipeline: pipeline.name, action: actionName };
}

function isOf(watch: DueWatch, { pipeline, action }: CheckFinding): boolean {
  return pipeline === watch.pipeline.name && action === watch.actionName;
}
