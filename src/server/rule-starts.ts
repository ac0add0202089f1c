import { startExecution } from '../engine/events/start-execution.ts';
import type { Destination } from '../events/destination.ts';
import { createRuleDestination } from '../events/rule-destination.ts';
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
