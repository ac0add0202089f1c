import { hash } from 'node:crypto';
import { ServiceError } from '../contract/errors.ts';
import { refChanged, type SourceOutcome } from '../engine/events/ref-changed.ts';
import { passesFiles, type Verdict } from '../engine/triggers/filters.ts';
import { branchRef, parseRef } from '../model/sources/source-ref.ts';
import type { FoundRef } from '../model/sources/source-watch.ts';
import type { DueWatch, Store } from '../store/store.ts';
import type { CheckReport } from './check-report.ts';
import { inSlices } from './in-slices.ts';
import type { FilteredWatch, RepositoryCheckParts } from './repository-checks.ts';
import { isSkipped, skipReason } from './skip-mark.ts';
import { failureMessage, fieldsOf, keyOf, UnwatchableSource } from './watch-failures.ts';

interface Found {
  refs: FoundRef[];
  at: number;
  signal: AbortSignal;
  report: CheckReport;
}

/**
 * Starts executions for the branches and tags of a watch that have moved since the last check. The first check of a trigger
 * records what is there; later ones start executions for new refs too. Whether anything is left to a later check is in the
 * result.
 */
export async function checkRefs(
  parts: RepositoryCheckParts,
  filtered: FilteredWatch,
  { refs, at, signal, report }: Found,
): Promise<{ isDelayed: boolean }> {
  const { watch, branch } = filtered;
  const { sourceWatches } = parts.store;
  const own = branchRef(branch);
  const relevant = watch.trigger ? refs : refs.filter(({ name }) => name === own);
  if (!watch.trigger && relevant.length === 0) {
    throw new UnwatchableSource(`The repository has no branch '${branch}'.`);
  }
  // A repository without refs is one that was emptied or is being restored; what was seen may come back.
  if (relevant.length === 0) return { isDelayed: false };
  const filters = digestOfFilters(filtered);
  const listing = `${filters}.${await inSlices(digestOf(relevant))}`;
  if (watch.seen === listing) return { isDelayed: false };
  const isFirst = watch.seen?.startsWith(`${filters}.`) !== true;
  const cursors = await sourceWatches.cursors({ ...keyOf(watch), seen: watch.seen, branch });
  const { watched, unwatched } = await inSlices(judge(filtered, relevant, cursors));
  const isBaseline = ({ name }: FoundRef) => isFirst && name !== own && !cursors.has(name);
  const unheard = watched.filter(({ ref }) => isBaseline(ref)).map(({ ref }) => ref);
  if (unheard.length > 0) await sourceWatches.addCursors(keyOf(watch), unheard, at);
  let isDelayed = false;
  const failures: unknown[] = [];
  for (const { ref, verdict } of watched) {
    if (isBaseline(ref)) continue;
    signal.throwIfAborted();
    try {
      const outcome = await decide(parts, filtered, { ref, verdict, older: cursors.get(ref.name), signal });
      report.note(watch, { ...describe(ref, outcome), older: cursors.get(ref.name) });
      isDelayed ||= outcome.kind === 'delayed' || outcome.kind === 'outdated';
    } catch (error) {
      if (signal.aborted || concernsAllRefs(error)) throw error;
      report.note(watch, { subject: ref.name, message: failureMessage(error), isUndecided: true });
      failures.push(error);
    }
  }
  const present = new Set(relevant.map(({ name }) => name));
  const gone = [...cursors.keys()].filter((name) => !present.has(name));
  const forgotten = [...gone, ...unwatched];
  if (forgotten.length > 0) await sourceWatches.forgetCursors(keyOf(watch), forgotten, at);
  await sourceWatches.noteListing(keyOf(watch), isDelayed || failures.length > 0 ? `${filters}.` : listing);
  if (failures.length > 0) throw failures[0];
  return { isDelayed };
}

/** Reports whether the other refs would fail like this one: the database is away, or the pipeline was deleted. */
function concernsAllRefs(error: unknown): boolean {
  return (
    error instanceof ServiceError && (error.code === 'ServiceUnavailable' || error.code === 'PipelineNotFoundException')
  );
}

const outcomes = {
  known: 'Nothing was started: an execution has taken this commit before.',
  delayed: 'An execution is fetching the branch just now; it is checked again in a moment.',
  outdated: 'It has changed again meanwhile; it is checked again in a moment.',
};

function describe({ name: subject }: FoundRef, outcome: SourceOutcome & { reason: string }) {
  const { kind, reason } = outcome;
  if (kind === 'started') {
    const { executionId } = outcome;
    return { subject, message: `${subject}: started the execution ${executionId}.`, executionId };
  }
  const text = kind === 'filtered' ? `Nothing was started: ${reason}.` : outcomes[kind];
  return { subject, message: `${subject}: ${text}`, isUndecided: kind === 'delayed' || kind === 'outdated' };
}

/** Identifies which refs a watch looks at: when that changes, the refs that are there are recorded again. */
function digestOfFilters({ watch }: FilteredWatch): string {
  const names = watch.trigger?.push?.map(({ branches, tags }) => [branches ?? null, tags ?? null]);
  return hash('sha256', JSON.stringify([watch.trigger !== undefined, names ?? null])).slice(0, 16);
}

function* digestOf(refs: FoundRef[]): Generator<undefined, string> {
  let digest = '';
  for (let from = 0; from < refs.length; from += 500) {
    const some = refs.slice(from, from + 500).map(({ name, commit }) => `${name} ${commit}`);
    digest = hash('sha256', [digest, ...some].join('\n'));
    yield;
  }
  return digest;
}

/**
 * Returns the refs that have moved or are new, and may start an execution by their names, and the names of those that have
 * moved since the trigger looked at them.
 */
function* judge(
  { filters }: FilteredWatch,
  refs: FoundRef[],
  cursors: ReadonlyMap<string, string>,
): Generator<undefined, { watched: { ref: FoundRef; verdict: Verdict }[]; unwatched: string[] }> {
  const watched: { ref: FoundRef; verdict: Verdict }[] = [];
  const unwatched: string[] = [];
  for (const ref of refs) {
    yield;
    const name = parseRef(ref.name);
    if (!name || cursors.get(ref.name) === ref.commit) continue;
    const verdict = yield* filters.ofRef(name);
    if ('files' in verdict || verdict.isPassing) watched.push({ ref, verdict });
    else if (cursors.has(ref.name)) unwatched.push(ref.name);
  }
  return { watched, unwatched };
}

async function decide(
  parts: RepositoryCheckParts,
  { watch, branch }: FilteredWatch,
  { ref, verdict, older, signal }: { ref: FoundRef; verdict: Verdict; older: string | undefined; signal: AbortSignal },
): Promise<SourceOutcome & { reason: string }> {
  const { store, reader, maxFiles, log } = parts;
  const { pipeline, actionName, location } = watch;
  const { name, commit } = ref;
  // The branch of the action moves on from what an execution has taken before the first check.
  const base = older ?? (name === branchRef(branch) ? await lastTaken(store, watch) : undefined);
  const compare = (limit: number) =>
    base === undefined ? undefined : reader.comparePush(watch, { ref: name, commit, older: base, limit }, signal);
  let reason = '';
  let comparison: Awaited<ReturnType<typeof compare>>;
  if ('files' in verdict) {
    comparison = await compare(maxFiles);
    if (!comparison)
      reason = 'it is new, so there are no changed files that the file paths of the trigger could be compared with';
    else if (!(await inSlices(passesFiles(verdict.files, comparison.files))))
      reason = filesReason(comparison.files, maxFiles);
  }
  if (reason === '' && (await isSkipped(parts, watch, { ref: name, commit }, signal))) reason = skipReason;
  const isPassing = reason === '';
  const outcome = await store.advance(
    {
      kind: 'pipeline',
      scope: pipeline,
      name: pipeline.name,
      source: { actionName, location, revisionId: commit, ref: name },
    },
    (snapshot, moment) =>
      refChanged(
        snapshot,
        { actionName, ref: name, commit, comparedWith: older, pipelineVersion: pipeline.version, isPassing },
        moment,
      ),
  );
  const fields = { ...fieldsOf(watch), ref: name, revision: commit };
  if (outcome.kind === 'filtered') log.debug({ ...fields, reason }, 'a ref has moved: nothing was started');
  if (outcome.kind !== 'started') return { ...outcome, reason };
  // Only the log says it, so it is not worth a failure.
  comparison ??= await Promise.resolve(compare(0)).catch(() => undefined);
  log.info(
    { ...fields, pipelineExecutionId: outcome.executionId },
    comparison?.isRewritten
      ? 'a source has changed, and its history was rewritten: started an execution'
      : 'a source has changed: started an execution',
  );
  return { ...outcome, reason };
}

/** Says that changed files don't pass; AWS's limit surprises people. */
export function filesReason(files: string[], maxFiles: number): string {
  return files.length < maxFiles
    ? 'no changed file passes the trigger'
    : `none of the first ${maxFiles} changed files passes the trigger`;
}

/** Returns the commit that the newest execution has taken. */
async function lastTaken({ executions }: Store, { pipeline, actionName }: DueWatch): Promise<string | undefined> {
  const [newest] = await executions.list(pipeline.id, { limit: 1 });
  const taken = newest?.revisions.find((revision) => revision.actionName === actionName)?.revisionId;
  return taken !== undefined && /^[0-9a-f]{40,64}$/.test(taken) ? taken : undefined;
}
