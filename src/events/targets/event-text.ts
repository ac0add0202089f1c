import type { Event } from '../../model/event.ts';
import { isApprovalNeeded } from '../approval-needed.ts';

/** An event in words. */
export interface EventText {
  /** In one line. */
  title: string;
  lines: string[];
}

/** The most characters of one value, which may come from a build. */
const maxValue = 500;

/** Describes an event for people. */
export function describeEvent(event: Event): EventText {
  if (isApprovalNeeded(event)) {
    const { pipelineName, stageName, actionName, expires, customData, externalEntityLink, approvalReviewLink } =
      event.detail.approval;
    return {
      title: `Approval needed: pipeline ${pipelineName}, stage ${stageName}, action ${actionName}`,
      lines: linesOf({
        Information: customData,
        'To review': externalEntityLink,
        'Approve or reject': approvalReviewLink,
        Expires: expires,
      }),
    };
  }
  const { detail } = event;
  const { pipeline, stage, action, state } = detail;
  const result = (detail['execution-result'] ?? {}) as Record<string, unknown>;
  const subject = linesOf({ pipeline, stage, action }, ' ').join(', ');
  const title =
    typeof pipeline === 'string' && typeof state === 'string' ? `${subject}: ${state}` : event['detail-type'];
  return {
    title: clean(title.charAt(0).toUpperCase() + title.slice(1)),
    lines: linesOf({
      Event: title === event['detail-type'] ? undefined : event['detail-type'],
      Execution: detail['execution-id'],
      Error: result['error-code'],
      Summary: result['external-execution-summary'],
      Details: result['external-execution-url'],
      Comment: detail['stop-execution-comments'],
      Message: detail.message,
      Source: pipeline === undefined ? event.source : undefined,
      Resources: pipeline === undefined ? event.resources.join(' ') : undefined,
      Region: event.region,
      Account: event.account,
      Time: event.time,
    }),
  };
}

/** Returns a line for each value that is a text. */
function linesOf(values: Record<string, unknown>, separator = ': '): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? `${name}${separator}${clean(value)}` : [],
  );
}

/** Returns a value in one line, without what could imitate another line or turn the direction of the text. */
function clean(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > maxValue ? `${line.slice(0, maxValue)}…` : line;
}
