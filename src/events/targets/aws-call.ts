import { createHash } from 'node:crypto';
import { createRequestSigner } from '../../identity/signatures/request-signer.ts';
import type { Event } from '../../model/event.ts';
import type { Member } from '../../model/resource.ts';
import { type DeliveryContext, DeliveryFailure } from '../destination.ts';
import { certificate, urlMistake } from './http.ts';
import { post, requireSuccess } from './post.ts';
import type { OpenTarget } from './sender.ts';

/** The members that every target at an AWS service has. */
export const awsMembers: Record<string, Member> = {
  url: {
    type: 'text',
    documentation: 'The http or https URL of the endpoint; by default that of AWS in the Region.',
    mistakeIn: urlMistake,
  },
  region: {
    type: 'text',
    documentation:
      'The Region of the topic, queue or event bus; by default that of its ARN or URL, otherwise that of the resource.',
    mistakeIn: (text) => (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) ? undefined : 'expected a Region such as us-east-1'),
  },
  accessKeyId: {
    type: 'text',
    isRequired: true,
    documentation: 'The access key to sign calls with.',
    mistakeIn: (text) => (/^\w{4,128}$/.test(text) ? undefined : 'expected 4 to 128 letters, digits and underscores'),
  },
  secretAccessKey: { type: 'text', isRequired: true, isSecret: true, documentation: 'The secret of the access key.' },
  sessionToken: { type: 'text', isSecret: true, documentation: 'The token of temporary credentials.' },
  certificate,
};

/** A call of an AWS service. */
interface AwsCall {
  service: 'sns' | 'sqs' | 'events';
  /** The default. */
  region: string;
  headers: Record<string, string>;
  body: string;
}

/** Makes a signed call with the credentials of a target. Returns the body of the response; rejects with DeliveryFailure. */
export async function callAws(
  { document }: OpenTarget,
  { service, headers, body, ...call }: AwsCall,
  { at }: DeliveryContext,
  signal: AbortSignal,
): Promise<string> {
  const region = textOf(document.region) ?? call.region;
  const url = new URL(textOf(document.url) ?? awsEndpoint(service, region));
  const sign = createRequestSigner(
    {
      accessKeyId: String(document.accessKeyId),
      secretAccessKey: String(document.secretAccessKey),
      sessionToken: textOf(document.sessionToken),
    },
    { region, service, now: () => at },
  );
  const signed = sign({
    method: 'POST',
    path: url.pathname,
    query: url.search.slice(1),
    headers: { ...headers, host: url.host },
    payloadHash: createHash('sha256').update(body).digest('hex'),
  });
  const trusted = textOf(document.certificate);
  const response = await post(
    url.href,
    { headers: signed, body, ...(trusted !== undefined && { certificate: trusted }) },
    signal,
  );
  const text = response.status < 300 ? response.text : errorText(response.text);
  if (response.status === 413 || (response.status === 400 && tooLarge.test(text))) {
    throw new DeliveryFailure(`${url.origin} refused the event because of its size: ${text}`, { isFinal: true });
  }
  requireSuccess(url.href, { ...response, text }, at);
  return text;
}

/** Rejects a response of status 200 that does not confirm the call: something else may serve the URL. */
export function unconfirmed(response: string): DeliveryFailure {
  const quoted = response.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 200);
  return new DeliveryFailure(`The response does not confirm that the event was taken: ${quoted || '(empty)'}`);
}

/** Returns what keeps its order at a FIFO topic or queue: the pipeline of an event. */
export function groupOf({ resources, source }: Event): string {
  const pipeline = resources.find((arn) => arn.startsWith('arn:aws:codepipeline:'))?.split(':')[5];
  return toFifoId(pipeline ?? source);
}

/** Groups and deduplication ids have at most 128 characters, without blanks. */
export function toFifoId(text: string): string {
  return text.replace(/[^\w.@-]/g, '-').slice(0, 128) || '-';
}

/** Returns the Region of an ARN. */
export function regionOfArn(arn: string): string | undefined {
  return arn.split(':')[3] || undefined;
}

/** Returns a member that is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const tooLarge = /too (long|large)|shorter than|exceed/i;

function awsEndpoint(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

/** Returns code and message of an error response in JSON or XML, or the response. */
function errorText(text: string): string {
  const code = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]*)<\/Code>/.exec(text);
  const message = /"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)*)"|<Message>([^<]*)<\/Message>/.exec(text);
  if (!code) return text;
  return [code[1] ?? code[2], message?.[1] ?? message?.[2]].filter(Boolean).join(': ');
}
