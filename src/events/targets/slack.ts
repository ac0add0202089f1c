import { textOf } from './aws-call.ts';
import { describeEvent } from './event-text.ts';
import { certificate, urlMistake } from './http.ts';
import { post, requireSuccess } from './post.ts';
import type { Sender } from './sender.ts';

/** Posts events as readable text to an incoming webhook of Slack, or of anything that takes the same JSON. */
export const slackSender: Sender = {
  type: 'slack',
  isForPeople: true,
  members: {
    webhookUrl: {
      type: 'text',
      isRequired: true,
      isSecret: true,
      documentation: 'The URL of the incoming webhook. It is a secret: anyone who knows it can post.',
      mistakeIn: urlMistake,
    },
    certificate,
  },
  async send({ document }, event, { at }, signal) {
    const url = String(document.webhookUrl);
    const { title, lines } = describeEvent(event);
    const text = [`*${escapeText(title)}*`, ...lines.map(escapeText)].join('\n');
    // A preview would request the page of an approval without being asked to.
    const body = JSON.stringify({ text, unfurl_links: false, unfurl_media: false });
    const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Millrace' };
    const trusted = textOf(document.certificate);
    const response = await post(url, { headers, body, ...(trusted !== undefined && { certificate: trusted }) }, signal);
    requireSuccess(url, response, at);
  },
};

/** Slack's own syntax begins with these characters, for example a mention of everybody. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
