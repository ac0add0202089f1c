import type { RequestContext } from '../../identity/policies/evaluate-policy.ts';
import { peerAddress } from '../client-address.ts';
import type { Exchange } from '../exchange.ts';

/**
 * What every call says about itself that conditions of policies look at. The address is left out for calls that come
 * through a proxy: what a proxy says of its clients anybody can say.
 */
export function callContext({ request }: Pick<Exchange, 'request'>, region: string): RequestContext {
  const address = peerAddress(request)
    ?.replace(/^::ffff:(?=[0-9.]+$)/i, '')
    .replace(/%.*$/, '');
  return {
    'aws:RequestedRegion': region,
    'aws:SecureTransport': String('encrypted' in request.socket),
    ...(address === undefined ? {} : { 'aws:SourceIp': address }),
  };
}
