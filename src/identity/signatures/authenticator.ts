import { createKeyHolders, type KeyHolder, type KeyHolders, type KeySources } from '../access-keys/key-holder.ts';
import type { Caller } from '../caller.ts';
import { HmacKey } from '../hmac-key.ts';
import { AuthenticationError } from './authentication-error.ts';
import { hashCanonicalRequest, parseQuery, type QueryParameter } from './canonical-request.ts';
import type { SignatureSeed } from './chunk-signature.ts';
import { readClaim, type SignatureClaim } from './signature-claim.ts';
import { headerText, type SignedRequest, type SignedService } from './signed-request.ts';
import { computeSignature, createSigningKeys, isSameSignature } from './signing-key.ts';
import { type CheckedClaim, checkClaim } from './sigv4.ts';
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

/** The claim of a request, checked, and the holder of the key it names. */
interface FoundKey {
  request: SignedRequest;
  query: QueryParameter[];
  claim: SignatureClaim;
  checked: CheckedClaim;
  holder: KeyHolder;
}

/** Verifies signatures of version 4 in headers and, for S3, in URLs; for objects also in URLs of version 2. */
export interface Authenticator {
  /** Rejects with `AuthenticationError` unless the request was signed with a valid key. */
  authenticate(request: SignedRequest): Promise<Authentication>;
  /**
   * Checks a JSON or STS request by its headers alone, so that an unknown caller is rejected before the body is read.
   * Returns a promise only if the key has to be read. Throws or rejects with `AuthenticationError`.
   */
  identify(request: UnreadRequest): IdentifiedRequest | Promise<IdentifiedRequest>;
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
  const holders = createKeyHolders({ accessKeys, jobCredentials, roles });

  const findHolder = (request: SignedRequest, at: number): FoundKey | Promise<FoundKey> => {
    const query = parseQuery(request.query);
    const claim = readClaim(request, query);
    const checked = checkClaim(claim, request, at);
    const finding = holders.find(checked.credential.accessKeyId, claim.sessionToken, at);
    const found = (holder: KeyHolder) => ({ request, query, claim, checked, holder });
    return finding instanceof Promise ? finding.then(found) : found(finding);
  };
  const verify = ({ request, query, claim, checked, holder }: FoundKey, payloadHash: string): Authentication => {
    const { credential, date, signedAt } = checked;
    const signingKey = signingKeys.find(claim.credential, holder.secretAccessKey);
    // A signature in the URL cannot sign itself; if the signature is in a header, the parameter is an ordinary one.
    const isPresigned = claim.source === 'url';
    const signed = isPresigned ? query.filter(({ name }) => name !== 'X-Amz-Signature') : query;
    const hash = hashCanonicalRequest(request, signed, claim.signedHeaders, payloadHash);
    const moment = { date, scope: credential.scope };
    const signature = computeSignature(signingKey.key, '', moment, [hash]);
    if (!isSameSignature(signature, claim.signature)) throw signatureMismatch();
    signingKeys.keep(claim.credential, signingKey);
    if (holder.isExpired) {
      throw new AuthenticationError('expired-token', 'The security token included in the request is expired');
    }
    return {
      caller: holder.caller,
      service: request.service,
      isPresigned,
      region: credential.region,
      signedAt,
      payloadHash,
      seed: { signature, signingKey: signingKey.key, ...moment },
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
      return verify(found, found.claim.payloadHash);
    },
    identify(unread) {
      const announced = headerText(unread.headers, 'x-amz-content-sha256');
      const finding = findHolder({ ...unread, payloadHash: announced }, now());
      const identified = (found: FoundKey): IdentifiedRequest => {
        const verified = announced === '' ? undefined : verify(found, announced);
        return {
          isVerified: verified !== undefined,
          verify(payloadHash) {
            if (!verified) return verify(found, payloadHash);
            if (payloadHash !== announced) throw signatureMismatch();
            return verified;
          },
        };
      };
      return finding instanceof Promise ? finding.then(identified) : identified(finding);
    },
  };
}

/** Version 2 has no signed chunks, so this key is never used. */
const noKey = new HmacKey(Buffer.alloc(0));

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
