import type { ActionTypeId } from '../../contract/generated.ts';

/** What a worker polls for, and where. */
export interface PolledPlace {
  actionTypeId: ActionTypeId;
  query?: Record<string, string>;
  endpoint?: string;
  region?: string;
}

const keyAdvice =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of the server, or run: eval "$(millrace env)"';

/** By the name of the service's or the SDK's error. */
const refusals: Record<string, (place: PolledPlace, message: string) => string> = {
  CredentialsProviderError: () => `no access key was found: ${keyAdvice}.`,
  UnrecognizedClientException: () => `the server does not know the access key: ${keyAdvice}.`,
  InvalidSignatureException: (_place, message) =>
    `the server refuses the signature: check AWS_SECRET_ACCESS_KEY, --region and the clock of this machine (${message}).`,
  IncompleteSignatureException: () => `the server refuses the signature as incomplete: ${keyAdvice}.`,
  MissingAuthenticationTokenException: () => `the call was not signed: ${keyAdvice}.`,
  ExpiredTokenException: () => 'the session token has expired: give the worker new credentials or a long-lived key.',
  AccessDeniedException: (place) =>
    `the key may not poll for ${typeOf(place)}: its policies must allow codepipeline:PollForJobs and a worker's other calls (docs/access-keys.md).`,
  ActionTypeNotFoundException: (place) =>
    `there is no action type ${typeOf(place)}${place.region ? ` in the region ${place.region}` : ''}: check category, provider, version and region, or create it with 'aws codepipeline create-custom-action-type'.`,
  ValidationException: ({ query }, message) =>
    query
      ? `the query does not fit the action type: --query must name its queryable property, or be left out if it has none (${message}).`
      : `the poll is rejected; if the type has a queryable property, name it with --query PROPERTY=VALUE (${message}).`,
};

const isUntrusted = (place: PolledPlace): string =>
  `the certificate of ${urlOf(place)} is signed by an authority that this machine does not trust: set NODE_EXTRA_CA_CERTS to the file with the authority's certificate.`;
const isUnresponsive = (place: PolledPlace): string =>
  `${urlOf(place)} does not respond: check --endpoint, the network and firewalls.`;
const isUnknownName = (place: PolledPlace): string =>
  `the host name of ${urlOf(place)} is not known: check --endpoint and DNS.`;

/** By the error code of the system, of TLS or of the HTTP parser. */
const connectionFailures: Record<string, (place: PolledPlace) => string> = {
  ECONNREFUSED: (place) =>
    `nothing listens at ${urlOf(place)}: start the server with 'millrace start', or check --endpoint.`,
  ENOTFOUND: isUnknownName,
  EAI_AGAIN: isUnknownName,
  ETIMEDOUT: isUnresponsive,
  EHOSTUNREACH: isUnresponsive,
  ENETUNREACH: isUnresponsive,
  TimeoutError: isUnresponsive,
  ECONNRESET: (place) =>
    `${urlOf(place)} closed the connection: check whether the URL must begin with https:// or http://.`,
  SELF_SIGNED_CERT_IN_CHAIN: isUntrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: isUntrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: isUntrusted,
  UNABLE_TO_GET_ISSUER_CERT: isUntrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: isUntrusted,
  CERT_HAS_EXPIRED: (place) => `the certificate of ${urlOf(place)} has expired: renew it.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (place) =>
    `the certificate of ${urlOf(place)} is for another name: use one of its names in --endpoint.`,
  EPROTO: (place) => `${urlOf(place)} does not speak HTTPS: begin --endpoint with http://.`,
  ERR_SSL_WRONG_VERSION_NUMBER: (place) => `${urlOf(place)} does not speak HTTPS: begin --endpoint with http://.`,
  HPE_INVALID_CONSTANT: (place) => `${urlOf(place)} does not speak HTTP: begin --endpoint with https://.`,
};

/** Explains in one sentence why polls fail and what to do; undefined for errors that users cannot fix. */
export function explainPollFailure(error: unknown, place: PolledPlace): string | undefined {
  for (const one of causesOf(error)) {
    const { code, message = '', name = '' } = one as { code?: unknown; message?: string; name?: string };
    for (const known of [code, name]) {
      if (typeof known !== 'string') continue;
      if (Object.hasOwn(connectionFailures, known)) return connectionFailures[known]?.(place);
      if (Object.hasOwn(refusals, known)) return refusals[known]?.(place, message);
    }
  }
  return undefined;
}

/** Returns the error and its causes: the SDK and Node.js wrap errors. */
function causesOf(error: unknown, depth = 0): object[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const inner = [cause, ...(Array.isArray(errors) ? errors : [])];
  return [error, ...inner.flatMap((one) => causesOf(one, depth + 1))];
}

function typeOf({ actionTypeId: { category, owner, provider, version } }: PolledPlace): string {
  return `${category}/${owner}/${provider}/${version}`;
}

function urlOf({ endpoint }: PolledPlace): string {
  return endpoint ?? 'the AWS endpoint';
}
