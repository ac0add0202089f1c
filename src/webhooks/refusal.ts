/** Why an event is rejected, with the HTTP status. Log and metrics show the codes. */
const refusals = {
  MethodNotAllowed: [405, 'Events are sent with POST.'],
  NotFound: [404, 'There is no webhook at this URL.'],
  SignatureMissing: [403, 'The event is not signed: a header X-Hub-Signature-256 or X-Hub-Signature must be sent.'],
  SignatureMismatch: [403, 'The signature of the event does not match its body and the secret of the webhook.'],
  AddressNotAllowed: [403, 'The webhook takes no events from this address.'],
  AddressUnknown: [403, 'The event came through a proxy, which hides the address that the webhook asks for.'],
  HookSecretMissing: [
    403,
    "The repository of this hook has no secret. Give it a 'hookSecret' in the file of resources, store it with millrace apply, and set the same secret at the forge.",
  ],
  ProofMissing: [
    403,
    'The event has no signature or token that this hook knows. Set the hookSecret of the repository as the secret of the webhook at the forge.',
  ],
  ProofMismatch: [
    403,
    'The signature or token of the event does not match its body and the hookSecret of the repository.',
  ],
  ProofExpired: [
    403,
    'The signature of the event is more than five minutes away from the clock of this server: it is a replay, or a clock is wrong.',
  ],
  PayloadMissing: [400, "The form has no field 'payload'."],
  PayloadNotJson: [400, 'The event is not JSON.'],
  PayloadTooLarge: [413, 'The event has too many values.'],
  PayloadTooDeep: [400, 'The event is nested too deeply.'],
  PipelineNotFound: [404, 'The pipeline of this webhook does not exist.'],
  ActionNotFound: [404, 'The source action of this webhook does not exist.'],
  FilterUnusable: [409, 'A filter of this webhook cannot be used; put the webhook again.'],
  SearchTooLong: [422, 'The event is too large for the filters of this webhook.'],
  StartRefused: [409, 'The pipeline cannot be started now.'],
  TooManyExecutions: [429, 'Too many executions of the pipeline are running.'],
} as const satisfies Record<string, readonly [number, string]>;

/** Rejects an event because of itself, its sender or the webhook's target. */
export class WebhookRefusal extends Error {
  readonly code: keyof typeof refusals;
  readonly httpStatus: number;

  constructor(code: keyof typeof refusals, options?: ErrorOptions) {
    super(refusals[code][1], options);
    this.name = 'WebhookRefusal';
    this.code = code;
    this.httpStatus = refusals[code][0];
  }
}
