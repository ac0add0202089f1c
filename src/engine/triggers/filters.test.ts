import { describe, expect, test } from 'vitest';
import type { GitConfiguration } from '../../contract/generated.ts';
import { compileTrigger, type Judging, passesFiles } from './filters.ts';

type Trigger = Pick<GitConfiguration, 'push' | 'pullRequest'>;

type Change =
  | { kind: 'branch' | 'tag'; name: string; files: string[]; isNew?: true }
  | { kind: 'pullRequest'; event: 'OPEN' | 'UPDATED' | 'CLOSED'; destinationBranch: string; files: string[] };

const push = (name: string, ...files: string[]): Change => ({ kind: 'branch', name, files });
const tag = (name: string): Change => ({ kind: 'tag', name, files: [] });
const pull = (event: 'OPEN' | 'UPDATED' | 'CLOSED', destinationBranch: string, ...files: string[]): Change => ({
  kind: 'pullRequest',
  event,
  destinationBranch,
  files,
});

function finish<Result>(judging: Judging<Result>): Result {
  for (;;) {
    const step = judging.next();
    if (step.done) return step.value;
  }
}

/** Judges a change as a check does; the branch of the action is `main`. */
function passes(trigger: Trigger | undefined, change: Change): boolean {
  const filters = compileTrigger(trigger, 'main');
  const verdict = finish(change.kind === 'pullRequest' ? filters.ofPullRequest(change) : filters.ofRef(change));
  return 'files' in verdict ? finish(passesFiles(verdict.files, change.files)) : verdict.isPassing;
}

describe('without filters', () => {
  test.each([undefined, {}, { push: [], pullRequest: [] }])(
    '%j: a push to the branch of the action passes',
    (trigger) => {
      expect(passes(trigger, push('main'))).toBe(true);
      expect(passes(trigger, push('next'))).toBe(false);
      expect(passes(trigger, tag('main'))).toBe(false);
      expect(passes(trigger, pull('OPEN', 'main'))).toBe(false);
    },
  );
});

describe('push filters (behaviour C.12)', () => {
  test('look at the branch that was pushed, whatever the branch of the action is', () => {
    const trigger = { push: [{ branches: { includes: ['release/*', 'next'] } }] };
    expect(passes(trigger, push('release/1'))).toBe(true);
    expect(passes(trigger, push('next'))).toBe(true);
    expect(passes(trigger, push('main'))).toBe(false);
    expect(passes(trigger, tag('next'))).toBe(false);
  });

  test('excludes win over includes, and without includes everything else passes', () => {
    const both = { push: [{ branches: { includes: ['**'], excludes: ['wip/**'] } }] };
    expect(passes(both, push('wip/x/y'))).toBe(false);
    expect(passes(both, push('other'))).toBe(true);
    const excludes = { push: [{ branches: { excludes: ['wip/**'] } }] };
    expect(passes(excludes, push('wip/x'))).toBe(false);
    expect(passes(excludes, push('other'))).toBe(true);
  });

  test('need a branch and a file, and one file is enough', () => {
    const trigger = {
      push: [{ branches: { includes: ['main'] }, filePaths: { includes: ['src/**'], excludes: ['**.md'] } }],
    };
    expect(passes(trigger, push('main', 'docs/a', 'src/a.ts'))).toBe(true);
    expect(passes(trigger, push('main', 'docs/a', 'src/a.md'))).toBe(false);
    expect(passes(trigger, push('next', 'src/a.ts'))).toBe(false);
    expect(passes(trigger, push('main'))).toBe(false);
  });

  test('say which refs can pass at all', () => {
    const branches = { push: [{ branches: { includes: ['main'] } }] };
    const tags = { push: [{ tags: { includes: ['v*'] } }] };
    const pullRequest = [{ branches: { includes: ['main'] } }];
    expect(compileTrigger(branches, 'main')).toMatchObject({ branches: true, tags: false });
    expect(compileTrigger(tags, 'main')).toMatchObject({ branches: false, tags: true });
    expect(compileTrigger({ pullRequest }, 'main')).toMatchObject({ branches: false, tags: false });
    expect(compileTrigger(undefined, 'main')).toMatchObject({ branches: true, tags: false });
  });

  test('of tags let only tags pass; one filter of several is enough', () => {
    const trigger = { push: [{ tags: { includes: ['v*'], excludes: ['v0*'] } }, { branches: { includes: ['main'] } }] };
    expect(passes(trigger, tag('v1.2'))).toBe(true);
    expect(passes(trigger, tag('v0.2'))).toBe(false);
    expect(passes(trigger, push('v1.2'))).toBe(false);
    expect(passes(trigger, push('main'))).toBe(true);
    expect(passes(trigger, pull('OPEN', 'main'))).toBe(false);
  });
});

describe('pull request filters (behaviour C.12)', () => {
  test('look at the event, the destination and the files', () => {
    const trigger: Trigger = {
      pullRequest: [
        { events: ['OPEN', 'UPDATED'], branches: { includes: ['main'] }, filePaths: { includes: ['src/*'] } },
      ],
    };
    expect(passes(trigger, pull('UPDATED', 'main', 'src/a'))).toBe(true);
    expect(passes(trigger, pull('CLOSED', 'main', 'src/a'))).toBe(false);
    expect(passes(trigger, pull('OPEN', 'next', 'src/a'))).toBe(false);
    expect(passes(trigger, pull('OPEN', 'main', 'docs/a'))).toBe(false);
    expect(passes(trigger, push('main', 'src/a'))).toBe(false);
  });

  test('without events look at all of them', () => {
    const trigger = { pullRequest: [{ branches: { includes: ['main'] } }] };
    for (const event of ['OPEN', 'UPDATED', 'CLOSED'] as const) expect(passes(trigger, pull(event, 'main'))).toBe(true);
  });
});
