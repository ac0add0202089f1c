import type { Event } from '../model/event.ts';

/** The `detail-type` of an event that asks for the answer to a manual approval. */
export const approvalNeeded = 'Manual Approval Needed';

/** The message of an approval as AWS publishes it; absent values are null (behaviour C.14). */
export interface ApprovalMessage {
  region: string;
  consoleLink: string | null;
  approval: {
    pipelineName: string;
    stageName: string;
    actionName: string;
    /** The token for PutApprovalResult. */
    token: string;
    /** In minutes, such as `2016-07-07T20:22Z`. */
    expires: string | null;
    externalEntityLink: string | null;
    approvalReviewLink: string | null;
    customData: string | null;
  };
}

/** An event that asks for the answer to a manual approval. Its resources are the pipeline and, if there is one, the topic. */
export interface ApprovalEvent extends Event {
  detail: Event['detail'] & ApprovalMessage;
}

export function isApprovalNeeded(event: Event): event is ApprovalEvent {
  return event.source === 'millrace' && event['detail-type'] === approvalNeeded;
}

/** Returns the event with the page on which a person can answer the approval. */
export function withReviewLink(event: ApprovalEvent, approvalReviewLink: string): ApprovalEvent {
  const { detail } = event;
  return { ...event, detail: { ...detail, approval: { ...detail.approval, approvalReviewLink } } };
}

/** Returns the message for the subscribers of a topic. */
export function approvalMessage({ detail: { region, consoleLink, approval } }: ApprovalEvent): ApprovalMessage {
  return { region, consoleLink, approval };
}

/** Returns the subject of the message, which always fits into the 100 characters of SNS. */
export function approvalSubject({ detail: { approval } }: ApprovalEvent): string {
  const { pipelineName, actionName } = approval;
  return `APPROVAL NEEDED: AWS CodePipeline ${shorten(pipelineName)} for action ${shorten(actionName)}`;
}

/** Names of more than 24 characters are cut. */
function shorten(name: string): string {
  return name.length > 24 ? `${name.slice(0, 24)}...` : name;
}

/** Returns an instant in the form of `expires`. */
export function toExpiry(at: number | undefined): string | null {
  return at === undefined ? null : `${new Date(at).toISOString().slice(0, 16)}Z`;
}
