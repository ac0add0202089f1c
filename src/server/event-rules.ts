import type { Logger } from 'pino';
import { startExecution } from '../engine/events/start-execution.ts';
import type { Destination } from '../events/destination.ts';
import { mayMatch } from '../events/partial-match.ts';
import { createRuleDestination } from '../events/rule-destination.ts';
import { createWantedEvents, type WantedEvents } from '../events/wanted-events.ts';
import { listRefs } from '../git/git.ts';
import type { Scope } from '../model/pipeline.ts';
import type { DueWorkHandler } from '../scheduler/due-work.ts';
import { createRepositoryRefs, createRepositorySearch } from '../scheduler/repository-refs.ts';
import type { Store } from '../store/store.ts';
import type { GitToolsOf } from './git-tools.ts';

/** Creates the destination of rules: each event that one selects starts the pipelines that are its targets. */
export function createRuleStarts(store: Pick<Store, 'advance' | 'eventRules'>): Destination {
  return createRuleDestination({
    rules: store.eventRules,
    async start({ account, region }, { pipelineName: name, ruleArn, clientRequestToken, sourceRevisions, variables }) {
      await store.advance(
        { kind: 'pipeline', scope: { account, region }, name, clientRequestToken },
        (snapshot, moment) =>
          startExecution(
            snapshot,
            {
              triggerType: 'CloudWatchEvent',
              triggerDetail: ruleArn,
              variables,
              sourceRevisions,
              clientRequestToken,
            },
            moment,
          ),
      );
    },
  });
}

/** Creates the selection of events that some rule wants. */
export function watchRules(
  { eventRules, notifications }: Pick<Store, 'eventRules' | 'notifications'>,
  { now, maxAgeMs }: { now: () => number; maxAgeMs: number },
): WantedEvents {
  return createWantedEvents({
    listPatterns: eventRules.listPatterns,
    onChange: (listener) =>
      notifications.onWake((name) => {
        if (name === undefined || name === eventRules.wakeName) listener();
      }),
    now,
    maxAgeMs,
  });
}

/** How long reading the branches and tags of a repository may take. */
const listTimeoutMs = 60_000;

/** Creates the due work that announces changes of the repositories that rules want to hear of. */
export function repositoryWork(
  { store }: { store: Store },
  { gitOf, log }: { gitOf: GitToolsOf; log: Logger },
): DueWorkHandler[] {
  const parts = {
    store,
    mayMatch,
    async listRefs(scope: Scope, name: string, signal: AbortSignal) {
      const git = gitOf(scope);
      const repository = await git.findRepository({ name });
      if (!repository) throw new Error(`There is no repository '${name}' any more.`);
      const wanted = { branches: true, tags: true };
      return listRefs(git.program, repository.remote, wanted, { timeoutMs: listTimeoutMs, signal });
    },
    log,
  };
  return [createRepositorySearch(parts), createRepositoryRefs(parts)];
}
