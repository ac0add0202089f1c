import type { Answer, Call } from '../protocol/call.ts';
import type { ExternalStore } from './external-store.ts';

/** What the operations of the gateway work with. */
export interface Gateway {
  store: ExternalStore;
  /** Whether headers that ask for server-side encryption go on to the store; dropped otherwise. */
  passesEncryption: boolean;
}

/** One operation of S3 at the external store. The caller's right to it has been checked by the route table. */
export type Forward = (call: Call, gateway: Gateway) => Promise<Answer>;
