import type { Answer } from './answer.ts';
import type { Backing } from './backing.ts';
import type { Call } from './call.ts';

/** One operation of S3; refuses by throwing an S3Error. The caller's right to it has been checked by the route table. */
export type Operation = (call: Call, backing: Backing) => Promise<Answer>;
