import type { BuildArtifact, BuildOrder } from '../model/build.ts';

/** Returns the order of a build again, for a build with a UUID of its own. */
export function repeatOrder(
  order: BuildOrder,
  uuids: { before: string; after: string },
  initiator: string,
): BuildOrder {
  const { before, after } = uuids;
  const renew = (path: string) =>
    path
      .split('/')
      .map((part) => (part === before ? after : part))
      .join('/');
  // Artifacts of a namespace by build are in a folder that is named by it.
  const moved = (artifact: BuildArtifact): BuildArtifact => ({ ...artifact, key: renew(artifact.key) });
  return {
    ...order,
    ...(order.artifact && { artifact: moved(order.artifact) }),
    secondaryArtifacts: order.secondaryArtifacts.map(moved),
    logStream: renew(order.logStream),
    initiator,
  };
}
