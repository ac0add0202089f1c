import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';

/** Logs each approval whose reviewers should be notified through Amazon SNS, which this server cannot do. */
export function logUnsentNotifications(store: Store, log: Logger): void {
  store.onCommitted(({ pipeline, change }) => {
    if (change.kind !== 'actionStarted' || change.action.deadlineAt === undefined) return;
    const { stageName, actionName, start } = change.action;
    const { NotificationArn: topic } = start.resolvedConfiguration;
    if (typeof topic !== 'string' || topic === '') return;
    log.warn(
      { pipeline: pipeline.name, region: pipeline.region, stage: stageName, action: actionName, topic },
      'an approval waits, and no notification was sent: this server cannot publish to Amazon SNS',
    );
  });
}
