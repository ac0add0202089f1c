import { unknownId } from './error-harness.ts';
import { given, type OperationErrors, type Proof, withHarness } from './proofs.ts';

/** Partners' jobs need a client token; `input` has the other members. */
const errorsOf = (input: object, more: Record<string, Proof>): OperationErrors => ({
  declared: {
    InvalidClientTokenException: withHarness(({ partnerJob }) => ({ ...partnerJob, clientToken: 'guessed', ...input })),
    JobNotFoundException: given({ jobId: unknownId, clientToken: 'token', ...input }),
    ...more,
  },
});

const resultErrors = (input: object, other: object): OperationErrors =>
  errorsOf(input, {
    InvalidJobStateException: withHarness(({ endedPartnerJob }) => ({ ...endedPartnerJob, ...other })),
  });

const failing = (message: string) => ({ failureDetails: { type: 'JobFailed', message } });

/** The errors of the four operations on partners' jobs. */
export const thirdPartyErrors = {
  acknowledge: errorsOf(
    { nonce: '3' },
    { InvalidNonceException: withHarness(({ partnerJob }) => ({ ...partnerJob, nonce: 'guessed' })) },
  ),
  details: errorsOf({}, { InvalidJobException: given({ jobId: 'no id', clientToken: 'token' }) }),
  failure: resultErrors(failing('lost'), failing('another story')),
  success: resultErrors({}, {}),
};
