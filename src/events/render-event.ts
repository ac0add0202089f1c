import { createHash } from 'node:crypto';
import { isManualApproval } from '../model/action-type.ts';
import { pipelineArn } from '../model/arn.ts';
import type { Event } from '../model/event.ts';
import type { ActionExecution, ArtifactInstance } from '../model/execution.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredEvent } from '../model/stored-event.ts';
import { type ApprovalMessage, approvalNeeded, toExpiry } from './approval-needed.ts';
import { executionTrigger } from './execution-trigger.ts';

/** What of an event's action may be shown. */
interface ShownAction {
  /** The resolved configuration without secrets. */
  configuration: Record<string, string>;
  externalExecutionUrl?: string;
}

type EventOf<Kind extends StoredEvent['kind']> = Extract<StoredEvent, { kind: Kind }>;

/**
 * Makes the event that readers get of a stored one, in EventBridge's form (behaviour E.1). `shown` is needed for actions
 * and approvals. `mask` is applied to what may repeat a secret.
 */
export function renderEvent(
  stored: StoredEvent,
  { shown, mask = (text) => text }: { shown?: ShownAction; mask?: (text: string) => string } = {},
): Event {
  if (stored.kind === 'announced') {
    const { account, region, at, saidAt = at, source, resources, detail, id } = stored.announcement;
    const type = stored.announcement['detail-type'];
    const event = envelope(stored, { account, region, at: saidAt, source, type, resources, detail });
    return id === undefined ? event : { ...event, id };
  }
  const { account, region, name } = stored.pipeline;
  const of = { account, region, at: stored.happenedAt, resources: [pipelineArn(stored.pipeline, name)] };
  if (stored.kind === 'approval') return approvalEvent(stored, of, shown);
  const type = `CodePipeline ${levels[stored.kind]} Execution State Change`;
  return envelope(stored, { ...of, source: 'aws.codepipeline', type, detail: detailOf(stored, { shown, mask }) });
}

const levels = { pipeline: 'Pipeline', stage: 'Stage', action: 'Action' } as const;

interface Content extends Scope {
  at: number;
  source: string;
  type: string;
  resources: string[];
  detail: Event['detail'];
}

function envelope({ position }: StoredEvent, { account, region, at, source, type, resources, detail }: Content): Event {
  return {
    version: '0',
    id: idOf(`${account}/${region}/${position}/${at}`),
    'detail-type': type,
    source,
    account,
    time: `${new Date(at).toISOString().slice(0, 19)}Z`,
    region,
    resources,
    detail,
  };
}

/** Returns the same UUID (version 8) for an event at every reading. */
function idOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function detailOf(
  stored: EventOf<'pipeline' | 'stage' | 'action'>,
  { shown, mask }: { shown?: ShownAction; mask: (text: string) => string },
): Event['detail'] {
  const { pipeline, execution, attempt, state } = stored;
  const common = {
    pipeline: pipeline.name,
    'execution-id': execution.id,
    state,
    version: execution.pipelineVersion,
  };
  switch (stored.kind) {
    case 'pipeline':
      return {
        ...common,
        'start-time': iso(execution.startedAt),
        'pipeline-execution-attempt': attempt,
        'execution-trigger': executionTrigger(stored, mask),
        ...(stored.stopReason !== undefined && { 'stop-execution-comments': stored.stopReason }),
      };
    case 'stage':
      return {
        ...common,
        'start-time': iso(stored.startedAt),
        stage: stored.stageName,
        // The service counts the first attempt of a stage as 0.
        'pipeline-execution-attempt': attempt === 1 ? 0 : attempt,
        ...(stored.lastRetriedAt !== undefined && { 'stage-last-retry-attempt-time': iso(stored.lastRetriedAt) }),
      };
    case 'action':
      return {
        ...common,
        'start-time': iso(stored.action.startedAt),
        'pipeline-execution-attempt': attempt,
        ...actionDetail(stored, shown),
      };
    default:
      return stored satisfies never;
  }
}

function actionDetail({ action, pipeline, state }: EventOf<'action'>, shown: ShownAction | undefined): Event['detail'] {
  const { owner, category, provider, version } = action.start.actionTypeId;
  return {
    stage: action.stageName,
    action: action.actionName,
    'action-execution-id': action.id,
    region: action.start.region ?? pipeline.region,
    type: { owner, category, provider, version },
    'input-artifacts': action.start.inputArtifacts.map(toArtifact),
    'output-artifacts': action.start.outputArtifacts.map(toArtifact),
    ...(state !== 'STARTED' && { 'execution-result': executionResult(action, shown) }),
  };
}

function toArtifact({ name, bucketName, objectKey }: ArtifactInstance) {
  return { name, s3location: { bucket: bucketName, key: objectKey } };
}

function executionResult({ id, start, status, error, progress }: ActionExecution, shown: ShownAction | undefined) {
  const isApproval = isManualApproval(start.actionTypeId);
  return {
    'external-execution-url': shown?.externalExecutionUrl,
    'external-execution-summary': error?.message ?? progress.summary,
    'external-execution-id': isApproval ? id : progress.externalExecutionId,
    // A rejected approval has no error in the API, but one in its event (behaviour C.14).
    'error-code': error?.code ?? (status === 'Failed' ? 'JobFailed' : undefined),
  };
}

function approvalEvent(
  stored: EventOf<'approval'>,
  of: Omit<Content, 'source' | 'type' | 'detail'>,
  shown: ShownAction | undefined,
): Event {
  const { action, pipeline, execution } = stored;
  const { NotificationArn: topic, ExternalEntityLink: link, CustomData: data } = shown?.configuration ?? {};
  const message: ApprovalMessage = {
    region: pipeline.region,
    consoleLink: null,
    approval: {
      pipelineName: pipeline.name,
      stageName: action.stageName,
      actionName: action.actionName,
      token: action.id,
      expires: toExpiry(action.deadlineAt),
      externalEntityLink: link || null,
      approvalReviewLink: null,
      customData: data || null,
    },
  };
  return envelope(stored, {
    ...of,
    resources: [...of.resources, ...(topic ? [topic] : [])],
    source: 'millrace',
    type: approvalNeeded,
    detail: { ...message, 'execution-id': execution.id },
  });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
