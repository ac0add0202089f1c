import { startExecution } from '../engine/events/start-execution.ts';
import type { Destination } from '../events/destination.ts';
import { createRuleDestination } from '../events/rule-destination.ts';
import { createWantedEvents, type WantedEvents } from '../events/wanted-events.ts';
import type { Store } from '../store/store.ts';

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
