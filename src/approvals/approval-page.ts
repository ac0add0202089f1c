import { createHash } from 'node:crypto';
import { maxCommentCharacters } from './answer-approval.ts';
import type { ShownApproval } from './show-approval.ts';

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}
dt{font-weight:600}dd{margin:0 0 .75rem;overflow-wrap:anywhere;white-space:pre-wrap}textarea{width:100%;box-sizing:border-box;font:inherit}
button{font:inherit;padding:.5rem 1.25rem;margin:.75rem .75rem 0 0}.notice{border-left:4px solid;padding:.25rem 1rem;font-weight:600}`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** The headers of every page: no script, no frame, nothing from elsewhere, and no address of it passed on. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
};

/** Revisions of an execution that the page lists; there are rarely more than two. */
const maxRevisions = 20;

/** Returns the page of an approval: with a form while it waits, otherwise with what became of it. */
export function approvalPage(approval: ShownApproval, notice?: string): string {
  const { pipelineName, stageName, actionName, executionId, state, customData, externalEntityLink } = approval;
  const rows: [string, string][] = [
    ['Pipeline', escapeText(pipelineName)],
    ['Stage', escapeText(stageName)],
    ['Action', escapeText(actionName)],
    ['Execution', escapeText(executionId)],
    ...approval.revisions.slice(0, maxRevisions).map((revision): [string, string] => {
      const { actionName: source, revisionId = '', revisionSummary } = revision;
      return [
        `Revision of ${escapeText(source)}`,
        escapeText([revisionId, revisionSummary].filter(Boolean).join('\n')),
      ];
    }),
    ['Requested', timeText(approval.startedAt)],
  ];
  if (customData) rows.push(['Information', escapeText(customData)]);
  if (externalEntityLink) rows.push(['To review', linkTo(externalEntityLink)]);
  if (approval.deadlineAt !== undefined) rows.push(['Expires', timeText(approval.deadlineAt)]);
  const list = rows.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('\n');
  const said = notice ?? (state === 'Waiting' ? undefined : outcomeText(approval));
  return page(
    state === 'Waiting' ? `Approve ${actionName}?` : `${actionName}: ${state.toLowerCase()}`,
    `${said === undefined ? '' : `<p class="notice">${escapeText(said)}</p>\n`}<dl>\n${list}\n</dl>${state === 'Waiting' ? form(approval) : ''}`,
  );
}

/** Returns a page that only says something. */
export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escapeText(message)}</p>`);
}

function form({ isSummaryRequired }: ShownApproval): string {
  return `
<form method="post">
<label for="comment">Comment${isSummaryRequired ? ' (required)' : ''}</label>
<textarea id="comment" name="comment" rows="3" maxlength="${maxCommentCharacters}"${isSummaryRequired ? ' required' : ''}></textarea>
<button name="status" value="Approved">Approve</button><button name="status" value="Rejected">Reject</button>
</form>`;
}

/** Says what became of an approval that does not wait any more. */
export function outcomeText({ state, updatedBy, updatedAt, summary }: ShownApproval): string {
  const at = new Date(updatedAt).toISOString();
  if (state === 'Ended') {
    return `This approval ended at ${at} without an answer: it timed out, or its execution was stopped or its pipeline changed.`;
  }
  const comment = summary === undefined || summary === `${state} by ${updatedBy}` ? '' : ` Comment: ${summary}`;
  return `${state} at ${at} by ${updatedBy}.${comment}`;
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)} - Millrace</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
${content}
</body>
</html>
`;
}

/** Links only to the web: the text of a declaration could be the URL of a script. */
function linkTo(url: string): string {
  const text = escapeText(url);
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? `<a href="${text}" rel="noreferrer">${text}</a>` : text;
}

function timeText(at: number): string {
  const text = new Date(at).toISOString();
  return `<time datetime="${text}">${text}</time>`;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}
