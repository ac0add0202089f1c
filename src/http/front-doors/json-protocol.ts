import { ownTargetPrefix, targetPrefix } from '../../contract/model.ts';
import { type AwsService, type ServiceProtocol, serviceProtocols } from '../../contract/service-models.ts';

/** The services that speak JSON, by the names that requests are signed for. */
export type JsonService = 'codepipeline' | 'millrace' | AwsService;

/** How requests and answers of a service are written. */
export interface JsonProtocol extends Pick<ServiceProtocol, 'targetPrefix' | 'contentType' | 'errorMember'> {
  name: JsonService;
}

const usual = { contentType: 'application/x-amz-json-1.1', errorMember: 'message' } as const;

const protocols: readonly JsonProtocol[] = [
  { name: 'codepipeline', targetPrefix, ...usual },
  { name: 'millrace', targetPrefix: ownTargetPrefix, ...usual },
  ...serviceProtocols,
];

// Some clients leave out the package before the name: `CodeStar_connections_20191201`.
const byPrefix: ReadonlyMap<string, JsonProtocol> = new Map(
  protocols.flatMap((one) => [
    [one.targetPrefix, one],
    [one.targetPrefix.slice(one.targetPrefix.lastIndexOf('.') + 1), one],
  ]),
);
const byName: ReadonlyMap<string, JsonProtocol> = new Map(protocols.map((one) => [one.name, one]));
const servedNames: ReadonlySet<string> = new Set(
  serviceProtocols.flatMap(({ name, operationNames }) => operationNames.map((operation) => `${name}:${operation}`)),
);

/** Splits a target such as `AmazonSSM.GetParameter`; without a protocol it is of no service here. */
export function readTarget(target: string): { protocol?: JsonProtocol; name: string } {
  const dot = target.lastIndexOf('.');
  return { protocol: byPrefix.get(target.slice(0, Math.max(dot, 0))), name: target.slice(dot + 1) };
}

/** Reports whether another service's operation is served. */
export function isServed(protocol: JsonProtocol, operation: string): protocol is JsonProtocol & { name: AwsService } {
  return servedNames.has(`${protocol.name}:${operation}`);
}

/** Returns the content type of requests to a service. */
export function contentTypeOf(service: JsonService): string {
  return protocolOf(service)?.contentType ?? usual.contentType;
}

/** Returns the protocol of a service by its name; undefined for those that don't speak JSON. */
export function protocolOf(service: string): JsonProtocol | undefined {
  return byName.get(service);
}
