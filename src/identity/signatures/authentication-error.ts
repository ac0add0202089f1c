/** Why a request is not authentic. Each service has its own code for each reason. */
export type AuthenticationFailure =
  | 'missing-authentication'
  | 'two-authentications'
  | 'incomplete-authorization'
  | 'malformed-url-authorization'
  | 'malformed-date'
  | 'expired-signature'
  | 'early-signature'
  | 'expired-url'
  | 'early-url'
  | 'unsigned-header'
  | 'unsupported-algorithm'
  | 'malformed-credential'
  | 'wrong-scope'
  | 'missing-payload-hash'
  | 'unknown-access-key'
  | 'signature-mismatch'
  | 'unknown-token'
  | 'expired-token';

/** Authentication failed. The message is that of a JSON service; `refusals.ts` has the texts of the others. */
export class AuthenticationError extends Error {
  readonly reason: AuthenticationFailure;

  constructor(reason: AuthenticationFailure, message: string) {
    super(message);
    this.name = 'AuthenticationError';
    this.reason = reason;
  }
}
