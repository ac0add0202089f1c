import { ServiceError } from '../../../contract/errors.ts';
import type { WebhookAuthenticationType, WebhookDefinition } from '../../../contract/generated.ts';
import { parseAddressRange } from '../../../model/address-range.ts';

/** The one property that each type of authentication takes (behaviour C.13). */
const properties: Record<WebhookAuthenticationType, 'SecretToken' | 'AllowedIPRange' | undefined> = {
  GITHUB_HMAC: 'SecretToken',
  IP: 'AllowedIPRange',
  UNAUTHENTICATED: undefined,
};

/** Throws InvalidWebhookAuthenticationParametersException unless the configuration fits the type of authentication. */
export function checkAuthentication({ authentication, authenticationConfiguration }: WebhookDefinition): void {
  const wanted = properties[authentication];
  const given = Object.keys(authenticationConfiguration);
  // The word Optional and the brackets are AWS's (operations 2).
  if (wanted === undefined && given.length > 0) throw invalid("Optional['authenticationConfig' should be empty]");
  if (wanted !== undefined && (given.length !== 1 || given[0] !== wanted)) {
    throw invalid(`Optional['authenticationConfig' should contain only one property: '${wanted}']`);
  }
  const { AllowedIPRange: range } = authenticationConfiguration;
  if (range !== undefined && !parseAddressRange(range)) {
    throw invalid(`The AllowedIPRange '${range}' is not a range in CIDR notation, such as 192.0.2.0/24.`);
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidWebhookAuthenticationParametersException', message);
}
