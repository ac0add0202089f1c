import { ServiceError } from '../../../contract/errors.ts';
import type { CodeConnections } from '../../../contract/generated.ts';
import type { Connection } from '../../../model/connection.ts';
import type { Scope } from '../../../model/pipeline.ts';
import type { Resource } from '../../../model/resource.ts';
import { isAvailable, providerTypeOf } from '../../../resources/connection.ts';
import type { Dependencies } from '../../dependencies.ts';
import { connectionNotFound } from './touched-connection.ts';

/** A connection, created or declared, as callers see it. */
export type ShownConnection = Required<Omit<CodeConnections.Connection, 'HostArn'>>;

/** Lists the connections of an account in a Region by ARN: those that were created, and those only declared. */
export async function findConnections(
  scope: Scope,
  { store }: Pick<Dependencies, 'store'>,
): Promise<ShownConnection[]> {
  const [created, connections, repositories] = await Promise.all([
    store.connections.list(scope),
    store.resources.ofKind(scope, 'Connection'),
    store.resources.ofKind(scope, 'Repository'),
  ]);
  const shown = new Map(
    connections.map(({ name, document }) => {
      const arn = String(document.arn);
      return [arn, show({ arn, name, providerType: providerTypeOf(document) }, true)];
    }),
  );
  for (const connection of created) {
    shown.set(connection.arn, show(connection, isAvailable(connection.arn, { repositories, connections })));
  }
  return [...shown.values()].sort((left, right) => (left.ConnectionArn < right.ConnectionArn ? -1 : 1));
}

function show(
  { arn, name, providerType }: Pick<Connection, 'arn' | 'name' | 'providerType'>,
  isUsable: boolean,
): ShownConnection {
  return {
    ConnectionName: name,
    ConnectionArn: arn,
    // Both ways of creating one admit only these.
    ProviderType: providerType as ShownConnection['ProviderType'],
    OwnerAccountId: arn.split(':')[4] ?? '',
    ConnectionStatus: isUsable ? 'AVAILABLE' : 'PENDING',
  };
}

/** Returns the error of a change to a connection that was not created by the API: it is declared, or there is none. */
export async function notCreated(
  arn: string,
  scope: Scope,
  dependencies: Pick<Dependencies, 'store'>,
): Promise<ServiceError> {
  const resource = await findDeclared(arn, scope, dependencies);
  if (!resource) return connectionNotFound(arn);
  return new ServiceError(
    'ValidationException',
    `The connection ${arn} is declared as the resource Connection/${resource.name}: it has no tags, and millrace resources delete Connection ${resource.name} deletes it.`,
  );
}

/** Finds the resource that declares a connection. */
export async function findDeclared(
  arn: string,
  scope: Scope,
  { store }: Pick<Dependencies, 'store'>,
): Promise<Resource | undefined> {
  const declared = await store.resources.ofKind(scope, 'Connection');
  return declared.find(({ document }) => document.arn === arn);
}
