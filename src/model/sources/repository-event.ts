import type { PullRequestEvent } from './source-ref.ts';

/** A ref before and after a push; a commit is absent where the ref did not exist. */
export interface RefChange {
  /** Its full name, such as `refs/heads/main`. */
  ref: string;
  before?: string;
  after?: string;
}

/** The most refs of one push that are kept; a check finds the others. */
export const mostChanges = 100;

/** What an event of a forge says. */
export interface RepositoryEvent {
  /** The repository as the forge names it; absent if the sender doesn't name it. */
  repository?: { names: string[]; urls: string[] };
  /** Who caused it. */
  actor?: string;
  content:
    | { kind: 'push'; changes: RefChange[] /** How many refs it was about. */; count: number }
    | {
        kind: 'pull request';
        pullRequest: PullRequestEvent;
        /** Whether an update may be one of the title: it counts only if the head has moved. */
        isMoveUnknown?: boolean;
      }
    | { kind: 'ping' }
    /** `reason` is a sentence for people. */
    | { kind: 'other'; reason: string };
}
