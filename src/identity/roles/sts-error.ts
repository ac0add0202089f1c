import type { XmlRefusal } from '../signatures/refusals.ts';

const statuses = { AccessDenied: 403, MalformedPolicyDocument: 400, ValidationError: 400 } as const;

/** A refusal of STS: what `http/` writes as its `ErrorResponse`. */
export class StsError extends Error implements XmlRefusal {
  readonly code: keyof typeof statuses;
  readonly status: number;

  constructor(code: keyof typeof statuses, message: string) {
    super(message);
    this.name = 'StsError';
    this.code = code;
    this.status = statuses[code];
  }
}
