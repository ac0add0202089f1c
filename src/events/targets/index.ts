import { httpSender } from './http.ts';
import type { Sender } from './sender.ts';

/** Every type of event targets. */
export const senders: readonly Sender[] = [httpSender];
