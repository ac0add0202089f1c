import type { Decision, Moment } from '../../model/decision.ts';
import type { StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { startExecution } from './start-execution.ts';

/** An event that passed its webhook's filters. `deliveries` are the keys that identify a repetition. */
export interface WebhookStart {
  webhookId: string;
  webhookArn: string;
  targetAction: string;
  deliveries: string[];
}

/** The result of an event; `isRepeated` if the same event started the execution earlier. */
export interface WebhookReceipt {
  executionId: string;
  isRepeated: boolean;
}

/**
 * Starts an execution with the newest revisions for a webhook event (behaviour C.13), unless the webhook was deleted
 * meanwhile or the event is repeated. Needs `webhook` of the snapshot.
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
    // AWS's detail of this trigger is unknown; other triggers give the ARN of what started the execution.
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

/** Finds the source action that a webhook refers to. */
export function targetOf({ stages }: StoredDeclaration, targetAction: string): StoredAction | undefined {
  return stages
    .flatMap(({ actions }) => actions)
    .find(({ name, actionTypeId }) => name === targetAction && actionTypeId.category === 'Source');
}
