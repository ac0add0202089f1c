import type { TransferLimits } from './transfer-slots.ts';

/** What one client, or all together, may use of the server; durations in ms. */
export interface Limits {
  /** Open connections; further ones are closed when they are accepted. */
  maxConnections: number;
  /** Request line and headers together. A larger request is answered 431. */
  maxHeaderBytes: number;
  /** From the start of a connection, or the first byte of a later request, until its headers are complete. */
  headersTimeoutMs: number;
  /** From the headers until the last byte of a JSON or STS body, which is at most a few MB. */
  bodyTimeoutMs: number;
  /** Bytes in memory of all bodies of JSON, STS and webhooks that are being read. */
  heldBodyBytes: number;
  /** Objects that are read, written or copied at a time. */
  transfers: TransferLimits;
  /** A connection that is silent for so long is cut; longer than any poll is held. */
  silenceMs: number;
  /** How long running requests may take after `close` before their connections are cut. */
  closeGraceMs: number;
}

/** The limits unless a setting or a test overrides them. */
export const defaultLimits: Limits = {
  maxConnections: 20_000,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 20_000,
  bodyTimeoutMs: 30_000,
  heldBodyBytes: 64 * 1024 * 1024,
  transfers: { all: 256, ofCaller: 64, waitMs: 30_000 },
  silenceMs: 120_000,
  closeGraceMs: 5000,
};
