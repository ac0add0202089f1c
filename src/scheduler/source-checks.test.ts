import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { CheckFinding, WaitingEvent } from '../model/sources/repository-hook.ts';
import type { DueWatch, DueWork, Store } from '../store/store.ts';
import { createSourceChecks, type SourceCheckParts } from './source-checks.ts';

const work: DueWork = { kind: 'source-check', key: '0123456789abcdef', fence: 1, requests: 1, attempts: 1 };
const signal = new AbortController().signal;

/** A branch that a hook has asked to check. */
const watchOf = (name: string): DueWatch => ({
  pipeline: { id: name, name, account: '123456789012', region: 'us-east-1', version: 1, createdAt: 0, updatedAt: 0 },
  actionName: 'Source',
  typeKey: 'Source/AWS/CodeCommit/1',
  location: { RepositoryName: 'shop', BranchName: 'main' },
  git: { repository: { RepositoryName: 'shop' }, branch: 'main' },
  roleArn: 'arn:aws:iam::123456789012:role/r',
  isPolled: true,
  hookedAt: 1,
});

/** Runs a check of these watches, for which an event waits; returns what is noted for it. */
async function run(
  watches: DueWatch[],
  listRefs: SourceCheckParts['reader']['listRefs'],
  events: Partial<WaitingEvent>[] = [{}],
) {
  const noted: { key: string; sequence: number; findings: CheckFinding[]; isPending?: boolean }[] = [];
  const store = {
    sourceWatches: {
      ofCheck: async () => watches,
      noteFailure: async () => true,
      cursors: async () => new Map([['refs/heads/main', 'a'.repeat(40)]]),
      noteListing: async () => undefined,
    },
    repositoryHooks: {
      pendingEvents: async () =>
        events.map((event, at) => ({ sequence: 7 + at, changes: [], changeCount: 0, results: [], ...event })),
      noteFindings: async (key: string, found: { sequence: number; findings: CheckFinding[]; isPending?: boolean }[]) =>
        void noted.push(...found.map((one) => ({ key, ...one }))),
    },
  } as unknown as Store;
  const reader = { listRefs } as SourceCheckParts['reader'];
  const settings = { intervalMs: 60_000, maxFiles: 100, skipsMarkedCommits: false };
  const check = () => Promise.reject(new Error('not a repository'));
  const checks = createSourceChecks({ store, reader, check, ...settings, log: pino({ level: 'silent' }) });
  return { result: await checks.run(work, 1000, signal), noted };
}

const unmoved = async () => [{ name: 'refs/heads/main', commit: 'a'.repeat(40) }];

test('an event that waits for a check learns what it did for each pipeline', async () => {
  const { noted, result } = await run([watchOf('One'), watchOf('Two')], unmoved);
  const message = "Nothing was started: the branch 'main' has not moved.";
  expect(noted).toEqual([
    {
      key: work.key,
      sequence: 7,
      findings: ['One', 'Two'].map((pipeline) => ({ pipeline, action: 'Source', message })),
      isPending: false,
    },
  ]);
  expect(result).toMatchObject({ nextAt: expect.any(Number) });
});

test('an event goes on waiting after a failure, and learns why', async () => {
  const { noted, result } = await run([watchOf('One')], () => Promise.reject(new Error('No route.')));
  expect(noted).toMatchObject([
    { isPending: true, findings: [{ message: 'It could not be checked: No route. It is tried again.' }] },
  ]);
  expect(result).toMatchObject({ isFailed: true });
});

test('nothing waits for a check that nothing needs any more', async () => {
  const { noted, result } = await run([], unmoved);
  expect(noted).toEqual([{ key: work.key, sequence: 7, findings: [] }]);
  expect(result).toEqual({});
});

test('an event whose refs an earlier check had found, or that none of the pipelines uses, says so', async () => {
  const pushed = (ref: string, after?: string) => ({ changes: [{ ref, after }], changeCount: 1 });
  const main = 'refs/heads/main';
  const { noted } = await run([watchOf('One')], unmoved, [
    pushed(main, 'a'.repeat(40)),
    pushed(main, 'b'.repeat(40)),
    pushed('refs/heads/next', 'c'.repeat(40)),
    pushed('refs/tags/main', 'a'.repeat(40)),
  ]);
  const unused = "Nothing was started: the source action uses the branch 'main'.";
  expect(noted.map(({ findings }) => findings.map(({ message }) => message))).toEqual([
    [`${main}: Nothing was started: an earlier check had found this commit.`],
    [`${main}: Nothing was started: it is at ${'a'.repeat(40)}, which an earlier check had found.`],
    [`refs/heads/next: ${unused}`],
    [`refs/tags/main: ${unused}`],
  ]);
});

test('what was started for an event stays its result when it is checked again', async () => {
  const result = { pipeline: 'One', action: 'Source', executionId: 'e1', message: 'started the execution e1.' };
  const changes = [{ ref: 'refs/heads/main', after: 'a'.repeat(40) }];
  const { noted } = await run([watchOf('One')], unmoved, [{ changes, changeCount: 1, results: [result] }]);
  expect(noted).toMatchObject([{ isPending: false, findings: [result] }]);
});
