import { showHistory } from '../api/codepipeline/pipelines/shown-values.ts';
import type { Dependencies } from '../api/dependencies.ts';
import type { RecordedRevision } from '../model/execution.ts';
import type { Pipeline } from '../model/pipeline.ts';
import { type ApprovalLink, openApprovalLink } from './approval-link.ts';

/** A manual approval as its page shows it; instants in ms. */
export interface ShownApproval {
  pipelineName: string;
  stageName: string;
  actionName: string;
  executionId: string;
  /** The revisions that the execution has fetched. */
  revisions: RecordedRevision[];
  customData?: string;
  externalEntityLink?: string;
  isSummaryRequired: boolean;
  /** `Ended` without an answer: it timed out, or its execution was stopped or changed. */
  state: 'Waiting' | 'Approved' | 'Rejected' | 'Ended';
  startedAt: number;
  /** When it ends without an answer; only while it waits. */
  deadlineAt?: number;
  /** The answer: who gave it, when and with which comment. */
  updatedBy?: string;
  updatedAt: number;
  summary?: string;
}

/** An approval that a link is for. */
export interface LinkedApproval {
  link: ApprovalLink;
  pipeline: Pipeline;
  approval: ShownApproval;
}

/**
 * Finds the approval of a link by the end of its path. Returns undefined if there is none, or none any more: the pipeline,
 * its history or the event target may have been deleted since.
 */
export async function findLinkedApproval(sealed: string, parts: Dependencies): Promise<LinkedApproval | undefined> {
  const link = openApprovalLink(parts.sealer, sealed);
  if (!link) return undefined;
  const { store } = parts;
  const [pipeline, target] = await Promise.all([
    store.pipelines.find(link, link.pipelineName),
    store.resources.find(link, 'EventTarget', link.target),
  ]);
  if (!pipeline || !target) return undefined;
  const row = await store.executions.findAction(pipeline.id, link.token);
  const execution = row && (await store.executions.find(pipeline.id, row.executionId));
  if (!row || !execution) return undefined;
  const [approval] = await showHistory([row], pipeline, parts, (action, { resolvedConfiguration }): ShownApproval => {
    const { CustomData, ExternalEntityLink, IsSummaryRequired } = resolvedConfiguration;
    const { stageName, actionName, executionId, startedAt, updatedAt, deadlineAt, updatedBy, progress } = action;
    return {
      pipelineName: pipeline.name,
      stageName,
      actionName,
      executionId,
      revisions: execution.revisions,
      customData: CustomData,
      externalEntityLink: ExternalEntityLink,
      isSummaryRequired: IsSummaryRequired?.toLowerCase() === 'true',
      state: stateOf(action),
      startedAt,
      deadlineAt,
      updatedBy,
      updatedAt,
      summary: progress.summary,
    };
  });
  return approval && { link, pipeline, approval };
}

function stateOf({ status, updatedBy }: { status: string; updatedBy?: string }): ShownApproval['state'] {
  if (status === 'InProgress') return 'Waiting';
  if (updatedBy === undefined) return 'Ended';
  return status === 'Succeeded' ? 'Approved' : 'Rejected';
}
