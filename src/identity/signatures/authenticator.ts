import { createSecretKey } from 'node:crypto';
import { createKeyHolders, type KeyHolderParts, type KeyHolders } from '../access-keys/key-holder.ts';
import type { Caller } from '../caller.ts';
import { AuthenticationError } from './authentication-error.ts';
import { hashCanonicalRequest, parseQuery } from './canonical-request.ts';
import type { SignatureSeed } from './chunk-signature.ts';
import { readClaim } from './signature-claim.ts';
import { headerText, type SignedRequest, type SignedService } from './signed-request.ts';
import { computeSignature, createSigningKeys, isSameSignature } from './signing-key.ts';
import { checkClaim } from './sigv4.ts';
import { isSignedBy, isVersion2Url, readVersion2Url } from './version2-url.ts';

/** Who signed a request, and for what. */
export interface Authentication {
  caller: Caller;
  service: SignedService;
  /** Whether the signature is in the URL, which then may carry headers in its query. */
  isPresigned: boolean;
  /** The region of every row the request is about (decision 13). */
  region: string;
  /** In ms. */
  signedAt: number;
  /** What the signature says of the body: a SHA-256 in hex, or for S3 `UNSIGNED-PAYLOAD` or a `STREAMING-…`. */
  payloadHash: string;
  /** For `createChunkVerifier`. */
  seed: SignatureSeed;
}

/** A request whose body has not been read. */
type UnreadRequest = Omit<SignedRequest, 'payloadHash'>;

/** A request that is in order as far as its headers show: the key is known, and only the signature is still open. */
interface IdentifiedRequest {
  /** Whether the signature was verified already, against the hash that the headers announce for the body. */
  isVerified: boolean;
  /** Verifies the signature for a body with this SHA-256; throws `AuthenticationError`. */
  verify(payloadHash: string): Authentication;
}

/** Verifies signatures of version 4, in headers and, for S3, in presigned URLs; for objects in URLs of version 2 too. */
export interface Authenticator {
  /** Rejects with `AuthenticationError` unless the request was signed with a key that is known and valid. */
  authenticate(request: SignedRequest): Promise<Authentication>;
  /**
   * Judges a JSON or STS request by its headers alone, so that a stranger is refused before the body is read. Rejects
   * with `AuthenticationError`.
   */
  identify(request: UnreadRequest): Promise<IdentifiedRequest>;
}

/**
 * Without `roles` no role session is known. `signingKeyCapacity` is how many derived keys are held: one for each key id,
 * day, region and service in use. URLs of signature version 2 name no region: they are for `version2Region`, and refused
 * without it.
 */
export function createAuthenticator(
  options: KeyHolderParts & { now: () => number; signingKeyCapacity?: number; version2Region?: string },
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
    // A signature in the URL cannot sign itself; beside one in a header the parameter is like any other.
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

/** Version 2 knows no regions, no date of signing, and no bodies in signed chunks, for which the key is no key. */
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
