import { ServiceError } from '../../../contract/errors.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { type ConnectionService, connectionArn } from '../../../model/connection.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { asCondition, checkTags, listTags } from '../tags.ts';
import { findConnections, notCreated, type ShownConnection } from './found-connection.ts';
import { tagOperations } from './tags.ts';
import { connectionNotFound, everyConnection, namedConnection } from './touched-connection.ts';

const defaultPageSize = 100;

/**
 * The operations of CodeConnections and of CodeStar connections, which are the same service under two names: both know
 * all connections, and each creates them under its own ARNs.
 */
export function connectionOperations(service: ConnectionService): OperationsOf<'codeconnections'> {
  const operation = describeOperations<'codeconnections'>(service);
  return {
    CreateConnection: operation('CreateConnection', {
      note: 'complete but for hosts: a connection is `PENDING` until a resource of the kind Repository or Connection makes it `AVAILABLE`',
      resources: (_, scope) => everyConnection(service, scope),
      requestTags: ({ Tags = [] }) => tagsInRequest(Tags.map(asCondition)),
      async run({ ConnectionName: name, ProviderType: providerType, HostArn: host, Tags = [] }, call, dependencies) {
        if (host !== undefined) throw hostNotFound(host);
        if (providerType === undefined) {
          throw new ServiceError('ValidationException', 'A connection needs a ProviderType or a HostArn.');
        }
        const { newId, now, store, settings } = dependencies;
        const tags = checkTags(Tags, { quotas: settings.quotas, what: 'connection' });
        const arn = connectionArn(call, service, newId());
        await store.connections.create(call, { arn, name, providerType, tags, createdAt: now() }, call.origin);
        return { ConnectionArn: arn, Tags: listTags(tags) };
      },
    }),
    DeleteConnection: operation('DeleteConnection', {
      note: 'complete for connections that were created here; those that are declared are deleted by `millrace resources delete`',
      resources: ({ ConnectionArn }) => namedConnection(ConnectionArn),
      async run({ ConnectionArn: arn }, call, dependencies) {
        const { store, now } = dependencies;
        if (await store.connections.delete(call, arn, { at: now(), origin: call.origin })) return {};
        throw await notCreated(arn, call, dependencies);
      },
    }),
    GetConnection: operation('GetConnection', {
      note: 'complete',
      resources: ({ ConnectionArn }) => namedConnection(ConnectionArn),
      async run({ ConnectionArn: arn }, call, dependencies) {
        const connections = await findConnections(call, dependencies);
        const Connection = connections.find(({ ConnectionArn }) => ConnectionArn === arn);
        if (!Connection) throw connectionNotFound(arn);
        return { Connection };
      },
    }),
    ListConnections: operation('ListConnections', {
      note: 'complete; no connection has a host',
      resources: (_, scope) => everyConnection(service, scope),
      async run({ HostArnFilter, MaxResults, NextToken: token, ProviderTypeFilter }, call, dependencies) {
        const { sealer } = dependencies;
        const belongsTo = pageOf(call, [HostArnFilter, ProviderTypeFilter]);
        const after = readPageToken<string>(sealer, belongsTo, token, 'ValidationException') ?? '';
        const isMeant = ({ ConnectionArn, ProviderType }: ShownConnection) =>
          ConnectionArn > after && (ProviderTypeFilter === undefined || ProviderType === ProviderTypeFilter);
        const found = HostArnFilter === undefined ? await findConnections(call, dependencies) : [];
        const { items, nextToken } = cutPage(found.filter(isMeant), MaxResults || defaultPageSize, (last) =>
          createPageToken(sealer, belongsTo, last.ConnectionArn),
        );
        return { Connections: items, NextToken: nextToken };
      },
    }),
    ...tagOperations(operation),
  };
}

function pageOf({ account, region }: Scope, filters: (string | undefined)[]): string[] {
  return ['ListConnections', account, region, JSON.stringify(filters)];
}

function hostNotFound(arn: string): ServiceError {
  const message = `Host not found: ${arn}. Millrace has no hosts: create the connection with a ProviderType, and declare its repositories with their URLs.`;
  return new ServiceError('ResourceNotFoundException', message);
}
