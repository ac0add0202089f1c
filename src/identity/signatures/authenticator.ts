import { createSecretKey } from 'node:crypto';
import { createKeyHolders, type KeyHolders, type KeySources } from '../access-keys/key-holder.ts';
import type { Caller } from '../caller.ts';
import { AuthenticationError } from './authentication-error.ts';
import { hashCanonicalRequest, parseQuery } from './canonical-request.ts';
import type { SignatureSeed } from './chunk-signature.ts';
import { readClaim } from './signature-claim.ts';
import { headerText, type SignedRequest, type SignedService } from './signed-request.ts';
import { computeSignature, createSigningKeys, isSameSignature } from './signing-key.ts';
import { checkClaim } from './sigv4.ts';
import { isSignedBy, isVersion2Url, readVersion2Url } from './version2-url.ts';

/** The result of verifying a request. */
export interface Authentication {
  caller: Caller;
  service: SignedService;
  /** Whether the signature is in the URL, whose query may then contain headers. */
  isPresigned: boolean;
  /** The region of all rows that the request affects (decision 13). */
  region: string;
  /** In ms. */
  signedAt: number;
  /** The signed payload hash: a SHA-256 in hex or, for S3, `UNSIGNED-PAYLOAD` or `STREAMING-…`. */
  payloadHash: string;
  /** For `createChunkVerifier`. */
  seed: SignatureSeed;
}

/** A request whose body has not been read yet. */
type UnreadRequest = Omit<SignedRequest, 'payloadHash'>;

/** A request with valid headers and a known key, whose signature may not be verified yet. */
interface IdentifiedRequest {
  /** Whether the signature was verified with the body hash that the headers announce. */
  isVerified: boolean;
  /** Verifies the signature for a body with this SHA-256; throws `AuthenticationError`. */
  verify(payloadHash: string): Authentication;
}

/** Verifies signatures of version 4 in headers and, for S3, in URLs; for objects also in URLs of version 2. */
export interface Authenticator {
  /** Rejects with `AuthenticationError` unless the request was signed with a valid key. */
  authenticate(request: SignedRequest): Promise<Authentication>;
  /**
   * Checks a JSON or STS request by its headers alone, so that an unknown caller is rejected before the body is read.
   * Rejects with `AuthenticationError`.
   */
  identify(request: UnreadRequest): Promise<IdentifiedRequest>;
}

/**
 * Without `roles` all role sessions are unknown. `signingKeyCapacity` is the number of derived keys to cache, one for
 * each key id, day, region and service. URLs of signature version 2 don't name a region: they are for `version2Region`,
 * and rejected without it.
 */
export function createAuthenticator(
  options: KeySources & { now: () => number; signingKeyCapacity?: number; version2Region?: string },
): Authenticator {
  const { accessKeys, jobCredentials, roles, now, signingKeyCapacity = 10_000, version2Region } = options;
  const signingKeys = createSigningKeys(signingKeyCapacity);
  const holders = createKeyHolders({ accessKeys, jobCredentials, roles, capacity: signingKeyCapacity });

  const findHolder = async (request: SignedRequest, at: number) => {
    const query = parseQuery(request.query);
    const claim = readClaim(request, query);
    const checked = checkClaim(claim, request, at);
    const holder = await holders.find(checked.accessKeyId, claim.sessionToken, at);
    return { query, claim, checked, holder };
  };
  const verify = (request: SignedRequest, found: Awaited<ReturnType<typeof findHolder>>, payloadHash: string) => {
    const { query, claim, checked, holder } = found;
    const { scope, scopeText, date, signedAt } = checked;
    const signingKey = signingKeys.find(holder, scope);
    // A signature in the URL cannot sign itself; if the signature is in a header, the parameter is an ordinary one.
    const isPresigned = claim.source === 'url';
    const signed = isPresigned ? query.filter(({ name }) => name !== 'X-Amz-Signature') : query;
    const hash = hashCanonicalRequest(request, signed, claim.signedHeaders, payloadHash);
    const signature = computeSignature(signingKey, '', { date, scope: scopeText }, [hash]);
    if (!isSameSignature(signature, claim.signature)) throw signatureMismatch();
    signingKeys.keep(holder, scope, signingKey);
    if (holder.isExpired) {
      throw new AuthenticationError('expired-token', 'The security token included in the request is expired');
    }
    return {
      caller: holder.caller,
      service: request.service,
      isPresigned,
      region: scope.region,
      signedAt,
      payloadHash,
      seed: { signature, signingKey, scope: scopeText, date },
    };
  };

  return {
    async authenticate(request) {
      const { resource } = request;
      if (version2Region !== undefined && resource !== undefined && isVersion2Url(request)) {
        return authenticateVersion2(request, resource, { region: version2Region, holders, at: now() });
      }
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

/** Version 2 has no signed chunks, so this key is never used. */
const noKey = createSecretKey(Buffer.alloc(1));

async function authenticateVersion2(
  request: SignedRequest,
  resource: string,
  { region, holders, at }: { region: string; holders: KeyHolders; at: number },
): Promise<Authentication> {
  const claim = readVersion2Url(request, resource);
  if (claim.expiresAt < at) throw new AuthenticationError('expired-url', 'Request has expired');
  const { accessKeyId, payloadHash, signature } = claim;
  const { caller, secretAccessKey } = await holders.find(accessKeyId, undefined, at);
  if (!isSignedBy(claim, secretAccessKey)) throw signatureMismatch();
  const seed = { signature, signingKey: noKey, scope: '', date: '' };
  return { caller, service: 's3', isPresigned: true, region, signedAt: at, payloadHash, seed };
}

function signatureMismatch(): AuthenticationError {
  return new AuthenticationError(
    'signature-mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
  );
}

/** Throws if the body contradicts the hash in its own header. */
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
