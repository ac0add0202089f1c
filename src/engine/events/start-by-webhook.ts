import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { startExecution } from './start-execution.ts';

/** An event that its webhook lets through. `deliveries` are the keys by which it is known when it comes again. */
export interface WebhookStart {
  webhookId: string;
  webhookArn: string;
  targetAction: string;
  deliveries: string[];
}

/** What came of an event; `isRepeated` when the same event had started the execution before. */
export interface WebhookReceipt {
  executionId: string;
  isRepeated: boolean;
}

/**
 * Starts an execution with the newest revisions for an event of a webhook (behaviour C.13). The snapshot must tell of
 * the webhook: one deleted meanwhile starts nothing, nor does an event that came before.
 */
export function startByWebhook(snapshot: Snapshot, start: WebhookStart, moment: Moment): Decision<WebhookReceipt> {
  const { webhookId, targetAction, deliveries } = start;
  if (!snapshot.webhook) return { refuse: 'WebhookNotFoundException', message: 'The webhook has been deleted.' };
  const { startedExecutionId } = snapshot.webhook;
  if (startedExecutionId !== undefined) {
    return { changes: [], answer: { executionId: startedExecutionId, isRepeated: true } };
  }
  if (!targetOf(snapshot.declaration, targetAction)) {
    const message = `Pipeline '${snapshot.pipeline.name}' does not have a source action with name '${targetAction}'`;
    return { refuse: 'ActionNotFoundException', message };
  }
  const started = startExecution(
    snapshot,
    // What the detail of this trigger is, is unknown; others name the ARN of what started the execution.
    { triggerType: 'Webhook', triggerDetail: start.webhookArn },
    moment,
  );
  if ('refuse' in started) return started;
  const executionId = started.answer;
  return {
    ...started,
    changes: [...started.changes, { kind: 'webhookTriggered', executionId, webhookId, deliveries }],
    answer: { executionId, isRepeated: false },
  };
}

/** The source action that a webhook names. */
export function targetOf({ stages }: StoredDeclaration, targetAction: string): StoredAction | undefined {
  return stages
    .flatMap(({ actions }) => actions)
    .find(({ name, actionTypeId }) => name === targetAction && actionTypeId.category === 'Source');
}
