import type { Logger } from 'pino';
import type { Dependencies } from '../../api/dependencies.ts';
import { answerLinkedApproval, maxCommentCharacters } from '../../approvals/answer-approval.ts';
import { approvalPath } from '../../approvals/approval-link.ts';
import { approvalPage, messagePage, outcomeText, pageHeaders } from '../../approvals/approval-page.ts';
import { findLinkedApproval, type LinkedApproval } from '../../approvals/show-approval.ts';
import { BodyError, readBody } from '../body.ts';
import type { BodyBudget } from '../body-budget.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { systemRefusal } from '../system-refusal.ts';
import type { FrontDoor } from './front-door.ts';

/** A comment takes 6 KiB if all of its characters are escaped. */
const maxFormBytes = 16 * 1024;

/** What the front door of approvals needs. */
export interface ApprovalDoorParts {
  parts: Dependencies;
  bodyTimeoutMs: number;
  budget: BodyBudget;
  log: Logger;
}

/** A page to answer instead of the approval's. */
class PageRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface ApprovalCall extends LinkedApproval {
  sealed: string;
  /** The fields of the form; undefined for a request that only reads, such as that of a link preview. */
  form?: URLSearchParams;
}

/**
 * Serves the page of an approval to whoever has its link: a GET shows it and changes nothing, a POST of its form answers
 * it. The link takes the place of a signature.
 */
export function createApprovalDoor({ parts, bodyTimeoutMs, budget, log }: ApprovalDoorParts): FrontDoor<ApprovalCall> {
  return {
    name: 'own',
    matches: ({ path }) => path.startsWith(approvalPath),
    async authenticate(exchange) {
      const { request, path, record } = exchange;
      record.operation = 'approval';
      const isAnswer = request.method === 'POST';
      if (!isAnswer && request.method !== 'GET' && request.method !== 'HEAD') {
        throw new PageRefusal(405, 'MethodNotAllowed', 'This page is opened with GET, and its form is sent with POST.');
      }
      const sealed = path.slice(approvalPath.length);
      const found = await findLinkedApproval(sealed, parts);
      if (!found) throw notFound();
      record.account = found.link.account;
      record.region = found.link.region;
      if (!isAnswer) return { ...found, sealed };
      const body = await readBody(exchange, {
        budget,
        timeoutMs: bodyTimeoutMs,
        maxBytes: maxFormBytes,
        isVerified: true,
      });
      return { ...found, sealed, form: new URLSearchParams(body.toString('utf8')) };
    },
    async perform(call, exchange) {
      return call.form
        ? answer(call, call.form, exchange, parts)
        : pageAnswer(exchange, 200, approvalPage(call.approval));
    },
    refuse(error, exchange) {
      const { status, code, message } = toRefusal(error, exchange, log);
      exchange.record.outcome = code;
      return pageAnswer(
        exchange,
        status,
        messagePage(status === 404 ? 'No such approval' : 'This did not work', message),
      );
    },
  };
}

function notFound(): PageRefusal {
  return new PageRefusal(
    404,
    'NotFound',
    'There is no approval at this address. The link may be incomplete, or the pipeline, its execution or the event target may have been deleted.',
  );
}

async function answer(
  { sealed, ...linked }: ApprovalCall,
  form: URLSearchParams,
  exchange: Exchange,
  parts: Dependencies,
): Promise<Answer> {
  const { requestId, record } = exchange;
  const status = form.get('status');
  // Browsers send line breaks as two characters, but count them as one.
  const comment = (form.get('comment') ?? '').replaceAll('\r\n', '\n');
  const refuse = (code: string, notice: string) => {
    record.outcome = code;
    return pageAnswer(exchange, 400, approvalPage(linked.approval, notice));
  };
  if (status !== 'Approved' && status !== 'Rejected') {
    return refuse('BadForm', 'Nothing was changed: choose Approve or Reject.');
  }
  if (comment.length > maxCommentCharacters) {
    return refuse('BadForm', `Nothing was changed: a comment has at most ${maxCommentCharacters} characters.`);
  }
  const outcome = await answerLinkedApproval(linked, { status, comment, requestId }, parts);
  if (outcome === 'comment missing') return refuse('CommentMissing', 'Nothing was changed: a comment is required.');
  const { approval = linked.approval } = (await findLinkedApproval(sealed, parts)) ?? {};
  if (outcome === 'answered')
    return pageAnswer(exchange, 200, approvalPage(approval, `Thank you. ${outcomeText(approval)}`));
  record.outcome = 'TooLate';
  const notice = `Your answer came too late, and changed nothing. ${outcomeText(approval)}`;
  return pageAnswer(exchange, 409, approvalPage(approval, notice));
}

const bodyRefusals = {
  'too large': [413, 'PayloadTooLarge'],
  'too slow': [408, 'RequestTimeout'],
  'too many': [503, 'ServiceUnavailable'],
} as const;

function toRefusal(error: unknown, exchange: Exchange, log: Logger): { status: number; code: string; message: string } {
  if (error instanceof PageRefusal) return error;
  if (error instanceof BodyError) {
    const [status, code] = bodyRefusals[error.reason];
    return { status, code, message: error.message };
  }
  const unavailable = systemRefusal(error, exchange, log);
  if (unavailable) return { status: unavailable.httpStatus, code: unavailable.code, message: unavailable.message };
  log.error({ requestId: exchange.requestId, err: error }, 'an approval could not be served');
  return { status: 500, code: 'InternalFailure', message: 'The approval could not be served.' };
}

function pageAnswer({ requestId }: Exchange, status: number, html: string): Answer {
  const headers = {
    ...pageHeaders,
    'x-amzn-RequestId': requestId,
    ...(status === 405 && { Allow: 'GET, HEAD, POST' }),
  };
  return { status, headers, body: html };
}
