import { unknownId } from './error-harness.ts';
import { given, inWorld, type OperationErrors, type Proof } from './proofs.ts';

/** Jobs of partners are spoken of with a token; `input` is what the operation takes besides. */
const errorsOf = (input: object, more: Record<string, Proof>): OperationErrors => ({
  declared: {
    InvalidClientTokenException: inWorld(({ partnerJob }) => ({ ...partnerJob, clientToken: 'guessed', ...input })),
    JobNotFoundException: given({ jobId: unknownId, clientToken: 'token', ...input }),
    ...more,
  },
});

const resultErrors = (input: object, other: object): OperationErrors =>
  errorsOf(input, {
    InvalidJobStateException: inWorld(({ endedPartnerJob }) => ({ ...endedPartnerJob, ...other })),
  });

const failing = (message: string) => ({ failureDetails: { type: 'JobFailed', message } });

/** The errors of the four operations that speak of a partner's job. */
export const thirdPartyErrors = {
  acknowledge: errorsOf(
    { nonce: '3' },
    { InvalidNonceException: inWorld(({ partnerJob }) => ({ ...partnerJob, nonce: 'guessed' })) },
  ),
  details: errorsOf({}, { InvalidJobException: given({ jobId: 'no id', clientToken: 'token' }) }),
  failure: resultErrors(failing('lost'), failing('another story')),
  success: resultErrors({}, {}),
};
