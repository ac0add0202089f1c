import type { AccessKey, AccessKeys } from './access-key.ts';
import { AuthenticationError } from './authentication-error.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { Caller } from './caller.ts';
import { callerOfAccessKey, callerOfJob } from './caller.ts';
import { hashCanonicalRequest, parseQuery } from './canonical-request.ts';
import type { SignatureSeed } from './chunk-signature.ts';
import type { JobCredentials } from './job-credentials.ts';
import type { Roles } from './roles.ts';
import { readClaim } from './signature-claim.ts';
import type { SignedRequest, SignedService } from './signed-request.ts';
import { headerText } from './signed-request.ts';
import type { Credential } from './signing-key.ts';
import { computeSignature, createSigningKeys, isSameSignature } from './signing-key.ts';
import { checkClaim } from './sigv4.ts';

/** Who signed a request, and for what. */
export interface Authentication {
  caller: Caller;
  service: SignedService;
  /** The region of every row the request is about (DECISIONS 13). */
  region: string;
  /** In ms. */
  signedAt: number;
  /** What the signature says of the body: a SHA-256 in hex, or for S3 `UNSIGNED-PAYLOAD` or a `STREAMING-…`. */
  payloadHash: string;
  /** For `createChunkVerifier`. */
  seed: SignatureSeed;
}

/** A request whose body has not been read. */
export type UnreadRequest = Omit<SignedRequest, 'payloadHash'>;

/** A request that is in order as far as its headers show: the key is known, and only the signature is still open. */
export interface IdentifiedRequest {
  /** Whether the signature was verified already, against the hash that the headers announce for the body. */
  isVerified: boolean;
  /** Verifies the signature for a body with this SHA-256; throws `AuthenticationError`. */
  verify(payloadHash: string): Authentication;
}

/** Verifies signatures of version 4, in headers and, for S3, in presigned URLs. */
export interface Authenticator {
  /** Rejects with `AuthenticationError` unless the request was signed with a key that is known and valid. */
  authenticate(request: SignedRequest): Promise<Authentication>;
  /**
   * Judges a JSON or STS request by its headers alone, so that a stranger is refused before the body is read. Rejects
   * with `AuthenticationError`.
   */
  identify(request: UnreadRequest): Promise<IdentifiedRequest>;
}

interface Holder extends Credential {
  caller: Caller;
  isExpired: boolean;
}

const invalidTokenText = 'The security token included in the request is invalid.';

/**
 * Without `roles` no role session is known. `signingKeyCapacity` is how many derived keys are held: one for each key id,
 * day, region and service in use.
 */
export function createAuthenticator(options: {
  accessKeys: Pick<AccessKeys, 'find'> & Partial<Pick<AccessKeys, 'held'>>;
  jobCredentials: Pick<JobCredentials, 'openSessionToken'>;
  roles?: Pick<Roles, 'openSessionToken'>;
  now: () => number;
  signingKeyCapacity?: number;
}): Authenticator {
  const { accessKeys, jobCredentials, roles, now, signingKeyCapacity = 10_000 } = options;
  const signingKeys = createSigningKeys(signingKeyCapacity);
  // Whoever a key is of is worked out once for as long as the key is held in memory, which is where it comes from.
  const holders = createBoundedCache<{ key: AccessKey; holder: Holder }>(signingKeyCapacity);

  const holderOfToken = (accessKeyId: string, token: string, at: number): Holder => {
    const job = jobCredentials.openSessionToken(token, accessKeyId, at);
    if (job) {
      const { statement, secretAccessKey, isExpired } = job;
      return { accessKeyId, secretAccessKey, caller: callerOfJob(accessKeyId, statement), isExpired };
    }
    const session = roles?.openSessionToken(token, accessKeyId, at);
    if (!session) throw new AuthenticationError('unknown-token', invalidTokenText);
    return { accessKeyId, ...session };
  };
  const holderOfKey = (accessKeyId: string, key: AccessKey | undefined): Holder => {
    if (!key) throw new AuthenticationError('unknown-access-key', invalidTokenText);
    const known = holders.get(accessKeyId);
    if (known?.key === key) return known.holder;
    const { secretAccessKey } = key;
    const holder = { accessKeyId, secretAccessKey, caller: callerOfAccessKey(key), isExpired: false };
    holders.set(accessKeyId, { key, holder });
    return holder;
  };

  const findHolder = async (request: SignedRequest, at: number) => {
    const query = parseQuery(request.query);
    const claim = readClaim(request, query);
    const checked = checkClaim(claim, request, at);
    const { accessKeyId } = checked;
    const token = claim.sessionToken;
    const holder =
      token === undefined
        ? holderOfKey(accessKeyId, accessKeys.held?.(accessKeyId) ?? (await accessKeys.find(accessKeyId)))
        : holderOfToken(accessKeyId, token, at);
    return { query, claim, checked, holder };
  };
  const verify = (request: SignedRequest, found: Awaited<ReturnType<typeof findHolder>>, payloadHash: string) => {
    const { query, claim, checked, holder } = found;
    const { scope, scopeText, date, signedAt } = checked;
    const signingKey = signingKeys.find(holder, scope);
    const hash = hashCanonicalRequest(request, query, claim.signedHeaders, payloadHash);
    const signature = computeSignature(signingKey, '', { date, scope: scopeText }, [hash]);
    if (!isSameSignature(signature, claim.signature)) throw signatureMismatch();
    signingKeys.keep(holder, scope, signingKey);
    if (holder.isExpired) {
      throw new AuthenticationError('expired-token', 'The security token included in the request is expired');
    }
    return {
      caller: holder.caller,
      service: request.service,
      region: scope.region,
      signedAt,
      payloadHash,
      seed: { signature, signingKey, scope: scopeText, date },
    };
  };

  return {
    async authenticate(request) {
      const found = await findHolder(request, now());
      refuseContradictedHash(request, found.claim.payloadHash);
      return verify(request, found, found.claim.payloadHash);
    },
    async identify(unread) {
      const announced = headerText(unread.headers, 'x-amz-content-sha256');
      const request = { ...unread, payloadHash: announced };
      const found = await findHolder(request, now());
      const verified = announced === '' ? undefined : verify(request, found, announced);
      return {
        isVerified: verified !== undefined,
        verify(payloadHash) {
          if (!verified) return verify(request, found, payloadHash);
          if (payloadHash !== announced) throw signatureMismatch();
          return verified;
        },
      };
    },
  };
}

function signatureMismatch(): AuthenticationError {
  return new AuthenticationError(
    'signature-mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
  );
}

/** A body that is not the one its own header announces was not signed, whatever the signature says. */
function refuseContradictedHash({ service, headers, payloadHash }: SignedRequest, signedHash: string): void {
  const announced = headerText(headers, 'x-amz-content-sha256');
  if (service !== 's3') {
    if (announced !== '' && announced !== payloadHash) throw signatureMismatch();
  } else if (signedHash === '') {
    throw new AuthenticationError(
      'missing-payload-hash',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
}
