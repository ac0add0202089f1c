import type { CodeConnections } from '../../../contract/generated.ts';
import type { Connection } from '../../../model/connection.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { isAvailable, providerTypeOf } from '../../../resources/connection.ts';
import type { Dependencies } from '../../dependencies.ts';

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
