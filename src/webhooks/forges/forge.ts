import type { IncomingHttpHeaders } from 'node:http';
import type { RepositoryEvent } from '../../model/sources/repository-event.ts';

/** How a sender proves that it knows the secret of a hook. */
export type Proof =
  /** The secret itself. */
  | { kind: 'secret'; secret: string }
  /** The token that is derived from the secret for scripts. */
  | { kind: 'push token'; token: string }
  | {
      kind: 'signature';
      algorithm: 'sha1' | 'sha256';
      /** One of them must be right. */
      digests: Buffer[];
      /** What is signed before the body. */
      prefix?: string;
      /** When it was signed, in ms; only a fresh one counts. */
      signedAt?: number;
    };

/** A dialect in which Git servers report events. */
export interface Forge {
  name: 'GitHub' | 'GitLab' | 'Gitea' | 'Forgejo' | 'Bitbucket Cloud' | 'Bitbucket Data Center' | 'post-receive';
  /** Reports whether a request is in this dialect. */
  matches(headers: IncomingHttpHeaders): boolean;
  /** Returns the name of the event. */
  eventOf(headers: IncomingHttpHeaders): string;
  /** Returns an id that repetitions of the same delivery share. */
  deliveryIdOf(headers: IncomingHttpHeaders): string | undefined;
  proofOf(headers: IncomingHttpHeaders): Proof | undefined;
  /** Whether the body is lines of text; otherwise it is JSON, or a form with the field `payload`. */
  hasLines?: boolean;
  /** Reads the parsed JSON of an event, or the bytes of lines. */
  read(event: string, payload: unknown): RepositoryEvent;
}

/** Returns a header that is sent at most once. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads `sha256=<hex>` or `sha1=<hex>`. */
export function readPrefixedDigest(text: string | undefined): Proof | undefined {
  const [, algorithm, digest = ''] = /^(sha256|sha1)=((?:[0-9a-f]{2})+)$/i.exec(text ?? '') ?? [];
  if (algorithm === undefined) return undefined;
  return {
    kind: 'signature',
    algorithm: algorithm.toLowerCase() === 'sha1' ? 'sha1' : 'sha256',
    digests: [Buffer.from(digest, 'hex')],
  };
}
